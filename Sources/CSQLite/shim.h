#pragma once
#include <sqlite3.h>

// Variadic, which Swift does not import. Before the first connection; without the statistics SQLite
// takes no lock of the whole process for each allocation.
static inline int signet_sqlite_disable_memory_status(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// SQLITE_TRANSIENT is a cast that Swift does not import: these two copy what they bind.

static inline int signet_sqlite_bind_text_copy(
    sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

static inline int signet_sqlite_bind_blob_copy(
    sqlite3_stmt *statement, int index, const void *bytes, int length) {
    return sqlite3_bind_blob(statement, index, bytes, length, SQLITE_TRANSIENT);
}
