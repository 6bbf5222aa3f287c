//! What this process uses of the system. Only Linux says so; elsewhere everything is 0.

/// A look at it.
#[derive(Clone, Copy, Default)]
pub(super) struct Usage {
    memory: i64,
    descriptors: i64,
    threads: i64,
}

impl Usage {
    pub(super) fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let number = |name: &str| -> i64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next())
                .and_then(|word| word.parse().ok())
                .unwrap_or(0)
        };
        let open = std::fs::read_dir("/proc/self/fd").map(Iterator::count).unwrap_or_default();
        Self {
            memory: number("VmRSS:") * 1_024,
            descriptors: i64::try_from(open).unwrap_or_default(),
            threads: number("Threads:"),
        }
    }

    /// What has come since, into the tally.
    pub(super) fn grown_into(self, tally: &mut super::Tally) {
        let now = Self::now();
        tally.memory_growth_bytes = now.memory - self.memory;
        tally.descriptors_growth = now.descriptors - self.descriptors;
        tally.threads_growth = now.threads - self.threads;
    }
}
