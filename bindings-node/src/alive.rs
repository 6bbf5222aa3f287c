//! How many objects JavaScript holds. Only the build for tests counts.

/// One object that is alive.
pub(crate) struct Alive(());

#[cfg(not(feature = "torture"))]
impl Alive {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

#[cfg(feature = "torture")]
mod counting {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Alive;

    static COUNT: AtomicUsize = AtomicUsize::new(0);

    impl Alive {
        pub(crate) fn new() -> Self {
            COUNT.fetch_add(1, Ordering::Relaxed);
            Self(())
        }

        /// How many there are.
        pub(crate) fn count() -> usize {
            COUNT.load(Ordering::Relaxed)
        }
    }

    impl Drop for Alive {
        fn drop(&mut self) {
            COUNT.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
