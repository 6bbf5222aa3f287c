//! Take card payments on a Korean payment terminal without ever charging twice
