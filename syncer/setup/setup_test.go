package setup_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/setup"
)

const redirectURI = "https://atlas.example/api/integrations/callback"

func files(extras bool) setup.Files {
	return setup.For(entities.All().Permissions, redirectURI, extras)
}

// roleIDs are the GUIDs in a text that are not the ID of an API.
func roleIDs(text string) (ids []string) {
	for _, id := range regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindAllString(text, -1) {
		if !strings.HasPrefix(id, "00000003-") && !strings.HasPrefix(id, "c5393580-") {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestManifestAsksForTheCataloguesPermissions(t *testing.T) {
	t.Parallel()
	for _, extras := range []bool{false, true} {
		var want []string
		for _, p := range entities.All().Permissions {
			if p.Resource == entity.Graph && (p.Profile == entity.Required || p.Profile == entity.Optional || p.Profile == entity.Extra && extras) {
				require.NotEmpty(t, p.ID, p.Name)
				want = append(want, p.ID)
			}
		}
		var manifest struct {
			RequiredResourceAccess []struct {
				ResourceAppID  string `json:"resourceAppId"`
				ResourceAccess []struct{ ID, Type string }
			}
		}
		require.NoError(t, json.Unmarshal([]byte(files(extras).Manifest), &manifest))
		require.Len(t, manifest.RequiredResourceAccess, 1)
		assert.Equal(t, "00000003-0000-0000-c000-000000000000", manifest.RequiredResourceAccess[0].ResourceAppID)
		var got []string
		for _, a := range manifest.RequiredResourceAccess[0].ResourceAccess {
			assert.Equal(t, "Role", a.Type, "an application permission, not a delegated one")
			got = append(got, a.ID)
		}
		assert.Equal(t, want, got)
	}
}

func TestScriptsNameEachPermissionOnce(t *testing.T) {
	t.Parallel()
	for _, extras := range []bool{false, true} {
		f := files(extras)
		bash := roleIDs(regexp.MustCompile(`(?m)^required_access=.*$`).ReplaceAllString(f.Bash, ""))
		assert.Equal(t, roleIDs(f.Manifest), bash)
		assert.Equal(t, roleIDs(f.Manifest), roleIDs(f.PowerShell))
		for _, p := range entities.All().Permissions {
			wanted := p.Profile == entity.Required || p.Profile == entity.Optional || p.Profile == entity.Extra && extras
			for language, script := range map[string]string{"bash": f.Bash, "PowerShell": f.PowerShell} {
				// A write permission that the PowerShell session itself needs is none of the app's.
				assert.Equal(t, wanted, strings.Contains(script, "'"+p.Name+"'"), "%s: %s", language, p.Name)
			}
		}
	}
}

func TestWhatIsQuotedStaysText(t *testing.T) {
	t.Parallel()
	f := setup.For(nil, `https://x/'; touch pwned; echo '$(touch pwned)`+"`touch pwned`", false)
	dir := t.TempDir()
	script := strings.SplitAfter(f.Bash, "required_access=")[0]
	cmd := exec.Command("bash", "-c", strings.TrimSuffix(script, "required_access=")+`printf %s "$redirect_uri"`)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, `https://x/'; touch pwned; echo '$(touch pwned)`+"`touch pwned`", string(out))
	assert.NoFileExists(t, filepath.Join(dir, "pwned"))
	assert.Contains(t, f.PowerShell, `$redirectUri = 'https://x/''; touch pwned; echo ''$(touch pwned)`+"`touch pwned`'")
}

// TestPowerShellIsBalanced holds the script to what a parser would refuse
// first: quotes and brackets that are not closed.
func TestPowerShellIsBalanced(t *testing.T) {
	t.Parallel()
	for n, line := range strings.Split(files(true).PowerShell, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		assert.Zero(t, strings.Count(line, "'")%2, "line %d: %s", n+1, line)
		assert.Zero(t, strings.Count(line, `"`)%2, "line %d: %s", n+1, line)
	}
	var open []rune
	closes := map[rune]rune{')': '(', '}': '{', ']': '['}
	quote := rune(0)
	for _, r := range regexp.MustCompile(`(?m)^\s*#.*$`).ReplaceAllString(files(true).PowerShell, "") {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case strings.ContainsRune("({[", r):
			open = append(open, r)
		case closes[r] != 0:
			require.NotEmpty(t, open)
			require.Equal(t, closes[r], open[len(open)-1])
			open = open[:len(open)-1]
		}
	}
	assert.Empty(t, open)
	assert.Zero(t, quote)
}

// azure is a folder with an az that records its calls and answers from files.
const azure = `#!/usr/bin/env bash
printf '%s\n' "$*" >>"$CALLS"
case "$1 $2 $3" in
'account show --query') echo 11111111-1111-1111-1111-111111111111 ;;
'cloud show --query') echo https://graph.example/ ;;
'ad app list') printf '%s' "${KNOWN:-}" ;;
'ad app create') echo 22222222-2222-2222-2222-222222222222 ;;
'ad sp create')
	if [ ! -e "$CALLS.failed" ]; then : >"$CALLS.failed"; echo 'not found yet' >&2; exit 1; fi
	echo 33333333-3333-3333-3333-333333333333 ;;
'ad sp show') case "$*" in *appRoles*) echo 66666666-6666-6666-6666-666666666666 ;; *) echo 44444444-4444-4444-4444-444444444444 ;; esac ;;
'ad sp list') case "$*" in *WindowsDefenderATP*) printf '%s' "${DEFENDER:-}" ;; *) printf '%s' "${MANAGEMENT:-}" ;; esac ;;
'ad app credential') echo "it's~the.secret" ;;
'rest --method POST') ;;
*) echo "unexpected: $*" >&2; exit 9 ;;
esac
`

func runBash(t *testing.T, extras bool, environ ...string) (stdout, stderr string, calls []string, err error) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "az"), []byte(azure), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sleep"), []byte("#!/bin/sh\n"), 0o755))
	record := filepath.Join(dir, "calls")
	cmd := exec.Command("bash", "-s")
	cmd.Stdin = strings.NewReader(files(extras).Bash)
	cmd.Env = append(append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "CALLS="+record), environ...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	recorded, _ := os.ReadFile(record)
	return out.String(), errs.String(), strings.Split(strings.TrimSpace(string(recorded)), "\n"), err
}

func TestBashRegistersTheApp(t *testing.T) {
	t.Parallel()
	check := exec.Command("bash", "-n")
	check.Stdin = strings.NewReader(files(true).Bash)
	out, err := check.CombinedOutput()
	require.NoError(t, err, string(out))

	stdout, stderr, calls, err := runBash(t, false, "DEFENDER=55555555-5555-5555-5555-555555555555")
	require.NoError(t, err, stderr)
	assert.Equal(t, "directory_id=11111111-1111-1111-1111-111111111111\nclient_id=22222222-2222-2222-2222-222222222222\nclient_secret=it's~the.secret\n", stdout)
	assert.NotContains(t, stderr, "the.secret")
	var grants, principals int
	for _, c := range calls {
		switch {
		case strings.HasPrefix(c, "ad app create"):
			assert.Contains(t, c, "--sign-in-audience AzureADMyOrg --web-redirect-uris "+redirectURI)
			_, access, _ := strings.Cut(c, "--required-resource-accesses ")
			access, _, _ = strings.Cut(access, " --query")
			assert.True(t, json.Valid([]byte(access)), access)
		case strings.HasPrefix(c, "ad sp create"):
			principals++
		case strings.HasPrefix(c, "rest"):
			grants++
			_, body, _ := strings.Cut(c, "--body ")
			body, _, _ = strings.Cut(body, " --output")
			var assignment map[string]string
			require.NoError(t, json.Unmarshal([]byte(body), &assignment))
			assert.Equal(t, "33333333-3333-3333-3333-333333333333", assignment["principalId"])
			assert.Contains(t, c, "https://graph.example/v1.0/servicePrincipals/33333333-3333-3333-3333-333333333333/appRoleAssignments")
		}
	}
	assert.Equal(t, 2, principals, "what is not known everywhere yet is tried again")
	assert.Equal(t, len(roleIDs(files(false).Manifest))+4, grants, "Graph's, and four of Defender's")
}

func TestBashGrantsTheAuditLog(t *testing.T) {
	t.Parallel()
	for have, principals := range map[string]int{"88888888-8888-8888-8888-888888888888": 2, "": 3} {
		_, stderr, calls, err := runBash(t, true, "MANAGEMENT="+have)
		require.NoError(t, err, stderr)
		assert.Contains(t, stderr, "Granting permissions of Office 365 Management APIs:\n  ActivityFeed.Read\n")
		made := 0
		for _, c := range calls {
			if strings.HasPrefix(c, "ad sp create") {
				made++
			}
		}
		assert.Equal(t, principals, made, "its principal is made where there is none")
	}
	_, stderr, _, err := runBash(t, false)
	require.NoError(t, err)
	assert.NotContains(t, stderr, "Management APIs", "nobody asked for it")
}

func TestBashWithoutDefender(t *testing.T) {
	t.Parallel()
	_, stderr, calls, err := runBash(t, false)
	require.NoError(t, err, stderr)
	assert.Contains(t, stderr, "no WindowsDefenderATP")
	assert.NotContains(t, strings.Join(calls, "\n"), "appRoles[?value")
}

func TestBashLeavesAnAppOfThatNameAlone(t *testing.T) {
	t.Parallel()
	stdout, stderr, calls, err := runBash(t, false, "KNOWN=77777777-7777-7777-7777-777777777777")
	require.Error(t, err)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "Stopped: there is an app registration called SecurAtlas already (client ID 77777777")
	assert.NotContains(t, strings.Join(calls, "\n"), "create")
}
