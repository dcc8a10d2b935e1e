package tunnel

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Variables with which ssh runs this program to ask the person something. ssh has
// no terminal in the background; the process that started the tunnel has one.
const (
	askPort = "KUBECTL_CATALYST_ASK_PORT"
	askKey  = "KUBECTL_CATALYST_ASK_KEY"
)

// askVariables are the environment that makes ssh ask through the program self.
func askVariables(self string, port int, key []byte) []string {
	return []string{
		"SSH_ASKPASS=" + self, "SSH_ASKPASS_REQUIRE=force",
		"DISPLAY=none", // without one OpenSSH before 8.4 does not ask
		askPort + "=" + strconv.Itoa(port), askKey + "=" + hex.EncodeToString(key),
	}
}

// Asking reports whether ssh runs this program to ask something.
func Asking(getenv func(string) string) bool { return getenv(askKey) != "" && getenv(askPort) != "" }

// Ask passes the question in args, as ssh gives it, to the person at the terminal
// and writes the answer to out.
func Ask(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	port, err := strconv.Atoi(getenv(askPort))
	if err != nil {
		return errNobodyToAsk
	}
	key, err := hex.DecodeString(getenv(askKey))
	if err != nil {
		return errNobodyToAsk
	}
	body, err := json.Marshal(question{Prompt: strings.Join(args, " "), Kind: getenv("SSH_ASKPASS_PROMPT")})
	if err != nil {
		return err
	}
	text, conn, err := call{port: port, key: key, path: askPath, body: body}.send(ctx)
	if err != nil {
		return err
	}
	conn.Close()
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}
