package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/securatlas/securatlas/"

// TestArrows holds the packages to the house rules: data flows one way, the
// SDK is reached through one package, and its models stay out of the build.
func TestArrows(t *testing.T) {
	t.Parallel()
	const (
		sdk    = "the Microsoft SDK"
		others = "other modules"
	)
	mayImport := map[string][]string{
		"syncer/entity":      {},
		"syncer/enforcement": {"syncer/entity"},
		"syncer/entities":    {"syncer/entity", "syncer/enforcement"}, // the words of policies
		"syncer/setup":       {"syncer/entity"},
		"syncer/simulator":   {},
		"syncer/microsoft":   {"syncer/entity", sdk, others},
		"migrations":         {},
		"static":             {},
		"store":              {"syncer/entity", "migrations", others},
		"store/claim":        {"store", "syncer/entity"},
		"store/export":       {"store", "syncer/entity"},
		"store/storetest":    {"store", "syncer/entity", "syncer/entities", "migrations", others},
		"syncer":             {"syncer/entity", "syncer/enforcement", "store", "syncer/microsoft", others},
		"views":              {"syncer/entity", "syncer/enforcement", "store", "store/claim", "static", others},
		"handlers":           {"views", "store", "store/claim", "store/export", "syncer/entity", "syncer/enforcement", "syncer/setup", "static", others},
		"docs":               {"syncer/entity"},
		"docs/generate":      {"docs", "syncer/entities"},
		"cmd/securatlas":     nil, // wires all of it
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport[name]
		require.True(t, known, "package %s has no place in the house: add it to this test with what it may import", name)
		if allowed == nil {
			continue
		}
		for _, imported := range p.Imports {
			var arrow string
			switch {
			case strings.HasPrefix(imported, module):
				arrow = strings.TrimPrefix(imported, module)
			case strings.Contains(imported, "microsoft") || strings.Contains(imported, "Azure/azure-sdk"):
				arrow = sdk
			case strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
				arrow = others
			default:
				continue // standard library
			}
			assert.True(t, slices.Contains(allowed, arrow), "%s imports %s (%s)", name, imported, arrow)
		}
	}
}

// TestModelsStayOutOfTheBuild guards the build time: the SDK's generated
// models cost minutes and gigabytes.
func TestModelsStayOutOfTheBuild(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}}", ".").Output()
	require.NoError(t, err)
	for _, path := range strings.Fields(string(out)) {
		if !strings.HasPrefix(path, "github.com/microsoftgraph/msgraph-sdk-go") || strings.HasPrefix(path, "github.com/microsoftgraph/msgraph-sdk-go-core") {
			continue
		}
		assert.Equal(t, "github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors", path)
	}
}

// TestSQLiteUsesItsOwnLibc guards against go get -u: the driver works with the
// libc version of its own go.mod only.
func TestSQLiteUsesItsOwnLibc(t *testing.T) {
	t.Parallel()
	wanted, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	require.NoError(t, err)
	want, err := exec.Command("go", "mod", "edit", "-json", strings.TrimSpace(string(wanted))).Output()
	require.NoError(t, err)
	var mod struct {
		Require []struct{ Path, Version string }
	}
	require.NoError(t, json.Unmarshal(want, &mod))
	got, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "modernc.org/libc").Output()
	require.NoError(t, err)
	for _, r := range mod.Require {
		if r.Path == "modernc.org/libc" {
			assert.Equal(t, r.Version, strings.TrimSpace(string(got)))
			return
		}
	}
	t.Fatal("modernc.org/sqlite requires no modernc.org/libc")
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	require.NoError(t, err)
	var all []goPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		err := dec.Decode(&p)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}
