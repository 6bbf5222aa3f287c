//! Frames and messages of the card terminal, to bytes and back
