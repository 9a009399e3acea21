package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

const metaKeyID = "master_key_id"

// KeyError says that the master key is not the one that sealed the database.
type KeyError struct {
	File     string // where the key is expected
	Database string // data folder
	Want     string // id of the key that sealed the database
	Have     string // id of the key in File; empty when there is no such file
}

func (e *KeyError) Error() string {
	what := "the master key file " + e.File + " is missing"
	if e.Have != "" {
		what = fmt.Sprintf("the master key file %s holds another key (id %s)", e.File, e.Have)
	}
	return fmt.Sprintf("%s: the database in %s was sealed with the key %s. "+
		"Put that key file back, or name it with SECURATLAS_MASTER_KEY_FILE. "+
		"If the key is lost for good, run `securatlas key reset --confirm`: it wipes the stored client secrets, "+
		"keeps all synced data, and every tenant must then be connected again",
		what, e.Database, e.Want)
}

// unlock loads the master key. Only a database that nothing was sealed in yet
// gets a new one.
func (s *Store) unlock(ctx context.Context, o Options) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var want string
		err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, metaKeyID).Scan(&want)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read the master key's id: %w", err)
		}
		fresh := err != nil
		key, err := readKey(o.MasterKeyFile)
		switch {
		case errors.Is(err, fs.ErrNotExist) && fresh:
			key, err = createKey(o.MasterKeyFile)
		case errors.Is(err, fs.ErrNotExist):
			return &KeyError{File: o.MasterKeyFile, Database: o.Dir, Want: want}
		}
		if err != nil {
			return err
		}
		if s.key, err = newMasterKey(key); err != nil {
			return err
		}
		if !fresh {
			if have := s.key.id(); have != want {
				return &KeyError{File: o.MasterKeyFile, Database: o.Dir, Want: want, Have: have}
			}
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES (?, ?)`, metaKeyID, s.key.id())
		if err != nil {
			return fmt.Errorf("note the master key's id: %w", err)
		}
		return nil
	})
}

// forgetKey wipes what the recorded key sealed, and its id.
func (s *Store) forgetKey(ctx context.Context, _ Options) error {
	err := s.secureTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM credentials`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE integrations
			SET connected = 0, disconnected_at = ?
			WHERE connected = 1`, ms(s.Now())); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = ?`, metaKeyID); err != nil {
			return err
		}
		return s.auditTx(ctx, tx, Actor{Name: "cli"}, 0, "master_key.reset",
			"All stored client secrets were wiped.")
	})
	if err != nil {
		return fmt.Errorf("forget the master key: %w", err)
	}
	return nil
}

// readKey reads a key file: 32 bytes in base64. It refuses a file that every
// account of the machine can read, or others can write, since such a key
// protects nothing. The group may read it: that is how secrets are mounted
// into containers. Windows has no such bits.
func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o027 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("the master key file %s has mode %04o, so that others on this machine can use it: "+
			"run `chmod 600 %s`", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyLength {
		return nil, fmt.Errorf("the master key file %s does not hold a key: expected one line with %d bytes in base64, "+
			"as `openssl rand -base64 %d` prints", path, keyLength, keyLength)
	}
	return key, nil
}

// createKey makes a new key in a file that must not exist yet.
func createKey(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the master key: %w", err)
	}
	key := make([]byte, keyLength)
	rand.Read(key)
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	// On the disk before anything is sealed with it.
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write the master key: %w", err), os.Remove(path))
	}
	return key, nil
}
