//! The durable journal of a till's payments
