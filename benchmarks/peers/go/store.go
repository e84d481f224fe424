package main

import (
	"database/sql"
	"encoding/json"
	"log"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

// sessionStore keeps a row for every session, each in a transaction of its own that has reached the disk.
type sessionStore struct {
	insert *sql.Stmt
}

// newStore makes the database that the environment names. All calls share one connection, as SQLite has one writer.
func newStore() *sessionStore {
	database, err := sql.Open("sqlite3", os.Getenv("PEER_DATABASE")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		log.Fatal(err)
	}
	database.SetMaxOpenConns(1)
	_, err = database.Exec("CREATE TABLE sessions (id TEXT PRIMARY KEY, expires_at INTEGER, claims TEXT) WITHOUT ROWID")
	if err != nil {
		log.Fatal(err)
	}
	insert, err := database.Prepare("INSERT INTO sessions VALUES (?, ?, ?)")
	if err != nil {
		log.Fatal(err)
	}
	return &sessionStore{insert}
}

// add returns when the session is committed; it can be renewed as long as its refresh token lives.
func (store *sessionStore) add(id string, expiresAt int64, caller *callerClaims) error {
	claims, err := json.Marshal(caller)
	if err != nil {
		return err
	}
	_, err = store.insert.Exec(id, expiresAt, string(claims))
	return err
}
