// Command generate writes the pages of package docs into the folder docs.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/securatlas/securatlas/docs"
	"github.com/securatlas/securatlas/syncer/entities"
)

func main() {
	for name, text := range docs.Files(entities.All()) {
		if err := os.WriteFile(filepath.Join("docs", name), []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}
