package handlers

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConnect_Scripts(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	b := a.owner()
	for query, extras := range map[string]bool{"": false, "?extras=1": true} {
		r := b.get(connectPath + query)
		require.Equal(t, http.StatusOK, r.Status)
		text := func(id string) string { return r.doc().Find("[data-testid=" + id + "]").Text() }
		assert.Contains(t, text("script-bash"), "redirect_uri='"+a.url+"/api/integrations/callback'")
		assert.Contains(t, text("script-powershell"), "$redirectUri = '"+a.url+"/api/integrations/callback'")
		assert.True(t, json.Valid([]byte(text("script-manifest"))))
		check := exec.Command("bash", "-n")
		check.Stdin = strings.NewReader(text("script-bash"))
		out, err := check.CombinedOutput()
		require.NoError(t, err, "the page shows the script as it is: %s", out)
		for _, id := range []string{"script-bash", "script-powershell"} {
			assert.Equal(t, extras, strings.Contains(text(id), "Sites.Read.All"), id)
			assert.Equal(t, 1, r.doc().Find(`[data-copy-from="`+id+`"]`).Length())
		}
		other := r.doc().Find("[data-testid=scripts-extras]").AttrOr("href", "")
		assert.Equal(t, !extras, strings.Contains(other, "extras=1"))
		quiet(t, r)
	}
}
