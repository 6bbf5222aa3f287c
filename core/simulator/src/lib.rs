//! A virtual payment terminal with a host of its own, for tests and first steps
