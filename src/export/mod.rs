//! Pictures and maps as files. Knows the attention record and nothing of windows.
