//! Records, outcomes, events and errors: every type of danmal that reaches a user
