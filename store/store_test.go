package store_test

import (
	"path/filepath"
	"testing"

	"github.com/pumphandle/pumphandle/store"
	"github.com/pumphandle/pumphandle/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() (*store.Store, error) {
		path := filepath.Join(t.TempDir(), "store.db")
		return func() (*store.Store, error) { return store.Open(t.Context(), path) }
	})
}
