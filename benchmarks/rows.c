// What a session costs the writer, by the shape of its row: SQLite's statements alone, without Signet.
//
//   gcc -O2 -o /tmp/rows benchmarks/rows.c -lsqlite3
//   /tmp/rows SHAPE GROUP TOTAL [PRAGMA]     in the current folder, which gets rows.db
//
// SHAPE 0: the columns of Signet's `sessions`; 1: the id, and all the rest as one value; 2: one row for a group;
// 3: as 0, behind a journal: a group is one write to a file of its own and one fdatasync, and a thousand rows are a
// commit. GROUP sessions are acknowledged at a time (synchronous=FULL, as Signet does it). It prints the thread's
// processor time and the elapsed time, both a session. Decision 26 has what it said.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { claims_bytes = 120, checkpoint_pages = 4000, journal_bytes = 16 << 20, journal_rows = 1000 };

static int log_pages;

static int note_pages(void *context, sqlite3 *database, const char *name, int pages) {
    (void)context, (void)database, (void)name;
    log_pages = pages;
    return SQLITE_OK;
}

static void need(sqlite3 *database, int isFine) {
    if (isFine) return;
    fprintf(stderr, "rows: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void run(sqlite3 *database, const char *sql) {
    need(database, sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement = NULL;
    need(database, sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK);
    return statement;
}

static void step(sqlite3 *database, sqlite3_stmt *statement) {
    need(database, sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
}

static double microseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static uint64_t draw(void) {
    static uint64_t state = 88172645463325252u;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static int put_number(unsigned char *bytes, uint64_t number) {
    int count = 0;
    for (; number >= 128; number >>= 7) bytes[count++] = (unsigned char)(number | 128);
    bytes[count++] = (unsigned char)number;
    return count;
}

// App, key, issued, the four times, tag, subject, claims.
static int pack(unsigned char *bytes, uint64_t tag, uint64_t subject, const unsigned char *claims) {
    static const uint64_t numbers[] = {3, 5, 0, 0, 300, 0, 86400};
    int count = 0;
    for (int index = 0; index < 7; index++) count += put_number(bytes + count, numbers[index]);
    memcpy(bytes + count, &tag, 8), memcpy(bytes + count + 8, &subject, 8), count += 16;
    count += put_number(bytes + count, claims_bytes);
    memcpy(bytes + count, claims, claims_bytes);
    return count + claims_bytes;
}

// Filled before, so that a write changes no size, which would be another thing for fdatasync to write.
static int open_journal(void) {
    int journal = open("rows.journal", O_RDWR | O_CREAT | O_TRUNC, 0600);
    static unsigned char zeros[1 << 20];
    for (int written = 0; journal >= 0 && written < journal_bytes; written += sizeof zeros)
        if (write(journal, zeros, sizeof zeros) != sizeof zeros) journal = -1;
    if (journal < 0 || fsync(journal) != 0) perror("rows: rows.journal"), exit(1);
    return journal;
}

static void append(int journal, const unsigned char *bytes, int length) {
    static off_t end = 0;
    if (end + length > journal_bytes) end = 0;
    if (pwrite(journal, bytes, length, end) != length || fdatasync(journal) != 0)
        perror("rows: rows.journal"), exit(1);
    end += length;
}

int main(int count, char **arguments) {
    if (count < 4) return fprintf(stderr, "usage: rows 0|1|2|3 GROUP TOTAL [PRAGMA]\n"), 64;
    int shape = atoi(arguments[1]), group = atoi(arguments[2]), total = atoi(arguments[3]);
    if (shape < 0 || shape > 3 || group < 1 || group > 4000) return fprintf(stderr, "rows: out of range\n"), 64;
    unlink("rows.db"), unlink("rows.db-wal"), unlink("rows.db-shm"), unlink("rows.journal");
    int isJournaled = shape == 3, journal = isJournaled ? open_journal() : -1;
    if (isJournaled) shape = 0;
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3 *database = NULL;
    need(database, sqlite3_open("rows.db", &database) == SQLITE_OK);
    if (count > 4) run(database, arguments[4]);
    run(database, "PRAGMA journal_mode=WAL");
    run(database, isJournaled ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL");
    sqlite3_wal_hook(database, note_pages, NULL);
    run(database, shape == 0
        ? "CREATE TABLE sessions(id INTEGER PRIMARY KEY, app INTEGER NOT NULL, key INTEGER NOT NULL, issued INTEGER"
          " NOT NULL, auth_not_before INTEGER NOT NULL, auth_expires INTEGER NOT NULL, refresh_not_before INTEGER NOT"
          " NULL, refresh_expires INTEGER NOT NULL, tag INTEGER NOT NULL, subject INTEGER NOT NULL, claims BLOB NOT"
          " NULL, previous_tag INTEGER, renewed INTEGER, replaced_expires INTEGER, successor BLOB, was_renewed"
          " INTEGER) STRICT; CREATE INDEX renewed ON sessions(id) WHERE was_renewed IS NOT NULL"
        : "CREATE TABLE sessions(id INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT");
    sqlite3_stmt *begin = prepare(database, "BEGIN IMMEDIATE"), *commit = prepare(database, "COMMIT");
    sqlite3_stmt *insert = prepare(database, shape == 0
        ? "INSERT INTO sessions(id, app, key, issued, auth_not_before, auth_expires, refresh_not_before,"
          " refresh_expires, tag, subject, claims) VALUES(?1, 3, 5, ?4, ?5, ?6, ?7, ?8, ?2, ?3, ?9)"
        : "INSERT INTO sessions(id, row) VALUES(?1, ?2)");
    unsigned char claims[claims_bytes];
    memset(claims, 'a', sizeof claims);
    static unsigned char bytes[1 << 20];
    sqlite3_int64 id = 1790000000000 << 16;
    double start = microseconds(CLOCK_THREAD_CPUTIME_ID), started = microseconds(CLOCK_MONOTONIC);
    int uncommitted = 0;
    for (int done = 0; done < total; done += group) {
        if (uncommitted == 0) step(database, begin);
        sqlite3_int64 first = id + 1;
        int length = 0;
        for (int index = 0; index < group; index++) {
            id += 1 + (sqlite3_int64)(draw() % 3) * 256;
            uint64_t tag = draw(), subject = draw();
            if (shape == 2) {
                length += put_number(bytes + length, (uint64_t)(id - first));
                length += pack(bytes + length, tag, subject, claims);
                continue;
            }
            sqlite3_bind_int64(insert, 1, id);
            if (shape == 0) {
                sqlite3_bind_int64(insert, 2, (sqlite3_int64)tag), sqlite3_bind_int64(insert, 3, (sqlite3_int64)subject);
                static const int times[] = {0, 0, 300, 0, 86400};
                for (int time = 0; time < 5; time++) sqlite3_bind_int64(insert, 4 + time, times[time]);
                sqlite3_bind_blob(insert, 9, claims, claims_bytes, SQLITE_STATIC);
            } else {
                sqlite3_bind_blob(insert, 2, bytes, pack(bytes, tag, subject, claims), SQLITE_STATIC);
            }
            step(database, insert);
            if (isJournaled) length += pack(bytes + length, tag, subject, claims);
        }
        uncommitted += group;
        if (isJournaled) append(journal, bytes, length);
        if (isJournaled && uncommitted < journal_rows) continue;
        if (shape == 2) {
            sqlite3_bind_int64(insert, 1, first), sqlite3_bind_blob(insert, 2, bytes, length, SQLITE_STATIC);
            step(database, insert);
        }
        step(database, commit);
        uncommitted = 0;
        if (log_pages < checkpoint_pages) continue;
        sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        log_pages = 0;
    }
    printf("shape %s, groups of %d: %.2f us of the processor, %.2f us in all a session\n", arguments[1], group,
           (microseconds(CLOCK_THREAD_CPUTIME_ID) - start) / total, (microseconds(CLOCK_MONOTONIC) - started) / total);
}
