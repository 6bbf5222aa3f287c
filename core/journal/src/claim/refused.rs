//! Why a terminal cannot be claimed.

use std::path::PathBuf;

use danmal_model::Ptxid;

use crate::lock::Holder;

/// Why a terminal is not this till's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefused {
    /// Another process, or another client of this one, holds it.
    #[error("held by {holder}")]
    Held {
        /// Who.
        holder: Holder,
    },
    /// Another journal holds an unresolved operation of it: that journal must resolve it first.
    #[error("unresolved in the journal {path}")]
    OtherJournal {
        /// That journal.
        path: PathBuf,
        /// The operation.
        ptxid: Option<Ptxid>,
    },
    /// The folder of locks and markers cannot be used.
    #[error("the folder {path} of locks and markers cannot be used: {detail}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
}
