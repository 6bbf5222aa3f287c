//! The state machine of a payment: no clock, no I/O
