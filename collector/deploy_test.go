package main_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var variable = regexp.MustCompile(`THROUGHLINE_[A-Z_]+`)

// Every variable of the environment that the files for deploying and the documentation name is one that the program knows.
func TestDeployedVariablesAreKnown(t *testing.T) {
	help, err := exec.Command(binary, "--help").CombinedOutput()
	require.NoError(t, err)
	known := map[string]bool{}
	for _, name := range flagsIn(help) {
		known["THROUGHLINE_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = true
	}
	for _, path := range []string{"deploy/Dockerfile", "deploy/compose.yaml", "deploy/env.example", "../docs/deploying.md", "../docs/collector.md"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		names := variable.FindAllString(string(text), -1)
		assert.NotEmpty(t, names, path)
		for _, name := range names {
			assert.True(t, known[name] || name == "THROUGHLINE_", "%s in %s", name, path)
		}
	}
}

// The systemd unit starts a collector that is ready, keeps its database in the service's own folder and asks for the key. systemd puts the folders
// in place of %S and %d.
func TestUnitStarts(t *testing.T) {
	state, credentials, site := t.TempDir(), t.TempDir(), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(state, "throughline"), 0o700))
	for name, content := range map[string]string{"read-key": "a-key-of-sixteen\n", "tokens": "4f2a9c\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(credentials, name), []byte(content), 0o400))
	}
	environment := unitEnvironment(t, "%S", state, "%d", credentials, "/opt/throughline/site", site, "127.0.0.1:8080", "127.0.0.1:0", "DRAIN=5s", "DRAIN=0s")
	p, c := startCommand(t, withEnvironment(environment)), client(t)
	status, _ := ask(t, c, http.MethodGet, p.url+"/readyz", "")
	assert.Equal(t, http.StatusOK, status)
	status, _ = ask(t, c, http.MethodGet, p.url+"/api/events?token=4f2a9c", "")
	assert.Equal(t, http.StatusUnauthorized, status)
	status, _ = ask(t, c, http.MethodGet, p.url+"/metrics", "", "Authorization", "Bearer a-key-of-sixteen")
	assert.Equal(t, http.StatusOK, status)
	p.terminate()
	assert.FileExists(t, filepath.Join(state, "throughline", "events.db"))
}

// unitEnvironment returns the variables of the systemd unit, with these replacements. Flags, which go before the environment, it has none: whatever is
// in /etc/throughline/collector.env counts.
func unitEnvironment(t *testing.T, replacements ...string) (environment []string) {
	t.Helper()
	unit, err := os.ReadFile("deploy/throughline.service")
	require.NoError(t, err)
	file := false
	for line := range strings.Lines(strings.NewReplacer(replacements...).Replace(string(unit))) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "Environment":
			assert.False(t, file, "systemd lets what is in a file go before these; so does who reads the unit from top to bottom")
			environment = append(environment, value)
		case "EnvironmentFile":
			assert.Equal(t, "-/etc/throughline/collector.env", value)
			file = true
		case "ExecStart":
			assert.Equal(t, "/opt/throughline/throughline-collector", value)
		case "LoadCredential":
			credential, path, _ := strings.Cut(value, ":")
			assert.Equal(t, "/etc/throughline/"+credential, path)
		}
	}
	assert.True(t, file)
	return environment
}

// Caddy takes the Caddyfile, and keeps metrics inside.
func TestCaddyfile(t *testing.T) {
	program, err := exec.LookPath("caddy")
	if err != nil {
		t.Skip("Caddy is not installed")
	}
	home := t.TempDir()
	cmd := exec.Command(program, "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	output, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s", output)
	text, err := os.ReadFile("deploy/Caddyfile")
	require.NoError(t, err)
	assert.Contains(t, string(text), "respond /metrics 404")
}
