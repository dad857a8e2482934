//! One thread that owns a loaded model: requests in, events out.
