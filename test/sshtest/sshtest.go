// Package sshtest stands in for ssh where tests have none, or nowhere to log in to.
// A test program that calls itself ssh runs it.
package sshtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

// LogVariable names the file in which each of these writes its process id.
const LogVariable = "SSHTEST_LOG"

// Main forwards as ssh -L does until it is killed. The name of the bastion, without
// user and domain, says what else it does: "denied" lets nobody in, "hangs" never answers,
// "asks" wants the passphrase "open sesame", "forwards-nothing" refuses every
// connection.
func Main() {
	if f, err := os.OpenFile(os.Getenv(LogVariable), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		fmt.Fprintln(f, os.Getpid())
		f.Close()
	}
	bastion, listen, target := parse(os.Args[1:])
	switch bastion {
	case "denied":
		end("*** welcome to the bastion ***\nme@denied: Permission denied (publickey).")
	case "hangs":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		<-stop
		end("killed")
	case "asks":
		out, err := exec.CommandContext(context.Background(), os.Getenv("SSH_ASKPASS"), "Enter passphrase for key 'id':").Output()
		if err != nil || string(out) != "open sesame\n" {
			end(fmt.Sprintf("me@asks: Permission denied (%q, %v).", out, err))
		}
	}
	serve(listen, func(conn net.Conn, n int) { forward(conn, bastion, target, n) })
}

// parse reads what this program is called with for a tunnel.
func parse(args []string) (bastion, listen, target string) {
	last := args[len(args)-1]
	bastion, _, _ = strings.Cut(last[strings.LastIndexByte(last, '@')+1:], ".")
	for i, a := range args {
		if a == "-L" {
			parts := strings.Split(args[i+1], ":")
			n := len(parts)
			listen, target = strings.Join(parts[:n-2], ":"), strings.Join(parts[n-2:], ":")
		}
	}
	return bastion, listen, target
}

// end is how ssh ends when something is wrong.
func end(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(255)
}

func serve(listen string, handle func(conn net.Conn, n int)) {
	network := "unix"
	if strings.Contains(listen, ":") {
		network = "tcp"
	}
	l, err := net.Listen(network, listen)
	if err != nil {
		end(err.Error())
	}
	for n := 2; ; n++ { // as ssh counts its channels
		conn, err := l.Accept()
		if err != nil {
			end(err.Error())
		}
		go handle(conn, n)
	}
}

func forward(conn net.Conn, bastion, target string, n int) {
	defer conn.Close()
	if bastion == "forwards-nothing" {
		fmt.Fprintf(os.Stderr, "channel %d: open failed: administratively prohibited: open failed\n", n)
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		fmt.Fprintf(os.Stderr, "channel %d: open failed: connect failed: Connection refused\n", n)
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, conn)
		_ = far.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(conn, far)
}
