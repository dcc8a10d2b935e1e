package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/utils/v2/openstack/clientconfig"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// noVariables is a prefix that no variable has: clientconfig would fill what is
// empty from the process's environment, which has been looked at already.
const noVariables = "KUBECTL_CATALYST_NOT_SET_"

// secrets are sent by one sign-in; what was missing was asked for.
type secrets struct {
	username, password, passcode string
	token                        string // exchanged instead of the others
}

// Format keeps secrets out of every fmt verb.
func (secrets) Format(f fmt.State, _ rune) { fmt.Fprint(f, "secrets(redacted)") }

// account names who is asked for a secret, in a prompt.
func (s secrets) account(c *Cloud) string {
	return cmp.Or(s.username, c.auth.UserID) + " at " + hostOf(c.id.AuthURL)
}

// collectSecrets finds what method needs from the configuration, and asks for the
// rest. Catalyst Cloud takes the MFA code as the end of the password, so the
// prompt says so; a code of its own is asked for only where the method has one.
func (c *Cloud) collectSecrets(ctx context.Context, method string) (secrets, error) {
	s := secrets{username: c.auth.Username, passcode: c.passcode}
	var err error
	if method == methodAppCredential {
		if c.auth.ApplicationCredentialSecret == "" {
			return s, clierr.New(clierr.SignIn, "set application_credential_secret in clouds.yaml or OS_APPLICATION_CREDENTIAL_SECRET",
				"%s has no secret", c.id)
		}
		if c.auth.ApplicationCredentialID == "" && s.username == "" && c.auth.UserID == "" {
			return s, clierr.New(clierr.SignIn, "give its id (OS_APPLICATION_CREDENTIAL_ID), or its owner with OS_USERNAME",
				"%s is named without its owner", c.id)
		}
		return s, nil
	}
	if s.username == "" && c.auth.UserID == "" {
		if s.username, err = c.promptFor(ctx, "User name at "+hostOf(c.id.AuthURL), false, "OS_USERNAME"); err != nil {
			return s, err
		}
	}
	if method != methodTOTP {
		label := "Password of " + s.account(c)
		if method == methodPassword {
			label += " (with MFA, the code right behind it)"
		}
		if s.password = c.auth.Password; s.password == "" {
			if s.password, err = c.promptFor(ctx, label, true, "OS_PASSWORD"); err != nil {
				return s, err
			}
		}
	}
	if method != methodPassword && s.passcode == "" {
		s.passcode, err = c.promptFor(ctx, "MFA code of "+s.account(c), true, "OS_PASSCODE")
	}
	return s, err
}

// promptFor asks the person; where nobody can be asked, its error names the variable
// that answers the question.
func (c *Cloud) promptFor(ctx context.Context, label string, secret bool, variable string) (string, error) {
	if c.opts.Prompt == nil {
		return "", clierr.New(clierr.SignIn, "set "+variable+" or add it to clouds.yaml, or run the command in a terminal",
			"signing in as %s needs %s, and nobody can be asked", c.id, variable)
	}
	answer, err := c.opts.Prompt.Ask(ctx, label+": ", secret)
	if err != nil {
		return "", clierr.WithCode(clierr.WithHint(fmt.Errorf("asking for %s: %w", variable, err), "set "+variable), clierr.SignIn)
	}
	if answer == "" {
		return "", clierr.New(clierr.SignIn, "run the command again", "no answer was given to %q", label)
	}
	return answer, nil
}

// authOptions puts account and secrets into gophercloud's terms. Only what the
// method uses is passed on: Keystone refuses contradictions.
func (c *Cloud) authOptions(s secrets) (*gophercloud.AuthOptions, error) {
	info := c.auth
	info.AuthURL = "https://identity.invalid/v3" // only its version is looked at; the client has the address
	info.AllowReauth = false
	info.Token, info.Password = s.token, ""
	if c.id.Method != methodAppCredential || s.token != "" {
		info.ApplicationCredentialID, info.ApplicationCredentialName, info.ApplicationCredentialSecret = "", "", ""
	}
	if info.ApplicationCredentialID != "" {
		info.ApplicationCredentialName = ""
	}
	if s.token == "" {
		info.Username, info.Password = s.username, s.password
	}
	if info.ProjectID+info.ProjectName != "" {
		info.DomainID, info.DomainName = "", "" // they stood for user and project, and did
	}
	opts, err := clientconfig.AuthOptions(&clientconfig.ClientOpts{AuthInfo: &info, EnvPrefix: noVariables})
	if err != nil || opts == nil {
		return nil, errors.Join(fmt.Errorf("preparing to sign in as %s", c.id), err)
	}
	opts.Passcode = s.passcode
	if s.token == "" && info.ApplicationCredentialSecret == "" {
		return opts, nil
	}
	opts.Password, opts.Passcode = "", ""
	return opts, nil
}
