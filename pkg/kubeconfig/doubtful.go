package kubeconfig

import (
	"encoding/base64"
	"slices"
	"strings"
	"sync"
)

// sureItems marks the entries of other people whose meaning is beyond doubt, so
// that clientcmd need not be asked about them: loading five thousand entries
// costs it most of a second.
//
// An entry is beyond doubt when it lies in the simple subset, which parser
// describes, holds only members that clientcmd knows, and each has the type
// that clientcmd asks for. Items of a list do not depend on each other unless
// there are anchors, and then none is sure.
func (d *doc) sureItems() {
	if d.judged || d.parser.whole {
		return
	}
	d.judged = true
	var lists sync.WaitGroup
	for i := range d.sec {
		s := &d.sec[i]
		if s.value == nil || s.value.exotic {
			continue
		}
		lists.Go(func() { // the lists share nothing
			judge := judge{src: d.src}
			for _, it := range s.items {
				it.sure = it.rec == nil && judge.item(i, it)
			}
		})
	}
	lists.Wait()
}

// doubtful returns the file without its sure items: what clientcmd has to be
// asked about.
func (d *doc) doubtful() string {
	d.sureItems()
	e := &editor{doc: d}
	for i := range d.sec {
		if s := &d.sec[i]; len(s.items) > 0 {
			e.dropItems(s.value, func(k int, _ *node) bool { return s.items[k].sure })
		}
	}
	text, err := e.apply()
	if err != nil {
		return d.src
	}
	return asText(text)
}

// judge decides whether entries are beyond doubt.
type judge struct {
	src string
	buf []byte
}

// shape is what clientcmd expects a member to be.
type shape int

const (
	unknown shape = iota
	text
	base64Text
	boolean
	textList
	execBlock
	envList
	extensionList
)

// shapes follow k8s.io/client-go/tools/clientcmd/api/v1. Members that are not
// listed are left to clientcmd.
func bodyShape(section int, key string) shape {
	if key == "extensions" {
		return extensionList
	}
	switch section {
	case clusters:
		switch key {
		case "server", "tls-server-name", "certificate-authority", "proxy-url":
			return text
		case "certificate-authority-data":
			return base64Text
		case "insecure-skip-tls-verify", "disable-compression":
			return boolean
		}
	case contexts:
		switch key {
		case "cluster", "user", "namespace":
			return text
		}
	case users:
		switch key {
		case "client-certificate", "client-key", "token", "tokenFile", "as", "as-uid", "username", "password":
			return text
		case "client-certificate-data", "client-key-data":
			return base64Text
		case "as-groups":
			return textList
		case "exec":
			return execBlock
		}
	}
	return unknown
}

func execShape(key string) shape {
	switch key {
	case "command", "apiVersion", "installHint", "interactiveMode":
		return text
	case "args":
		return textList
	case "env":
		return envList
	case "provideClusterInfo":
		return boolean
	}
	return unknown
}

// item judges one item of a list.
func (j *judge) item(section int, it *item) bool {
	if it.body == nil || it.node.exotic || it.node.outer != it.node.start {
		return false
	}
	return j.mapping(it.node, func(key string, v *node) bool {
		switch key {
		case "name":
			return j.isText(v)
		case bodyKeys[section]:
			return j.mapping(v, func(key string, v *node) bool { return j.has(bodyShape(section, key), v) })
		}
		return false
	})
}

// mapping judges every member of n, which must be a mapping with bare keys.
func (j *judge) mapping(n *node, member func(string, *node) bool) bool {
	if n.kind != mapping || n.exotic {
		return false
	}
	for k := n.first; k != nil; k = k.next.next {
		if !j.isText(k) || !member(k.text(j.src), k.next) {
			return false
		}
	}
	return true
}

func (j *judge) sequence(n *node, item func(*node) bool) bool {
	if n.kind != sequence || n.exotic {
		return false
	}
	for c := n.first; c != nil; c = c.next {
		if !item(c) {
			return false
		}
	}
	return true
}

// has judges one value. Null leaves any member that clientcmd knows empty.
func (j *judge) has(s shape, v *node) bool {
	if v.isNull(j.src) {
		return s != unknown && v.outer == v.start
	}
	switch s {
	case text:
		return j.isText(v)
	case base64Text:
		return j.isBase64(v)
	case boolean:
		return v.kind == scalar && v.style == plain && !v.exotic && (v.raw(j.src) == "true" || v.raw(j.src) == "false")
	case textList:
		return j.sequence(v, j.isText)
	case execBlock:
		return j.mapping(v, func(key string, v *node) bool { return j.has(execShape(key), v) })
	case envList:
		return j.sequence(v, func(n *node) bool {
			return j.mapping(n, func(key string, v *node) bool { return (key == "name" || key == "value") && j.isText(v) })
		})
	case extensionList:
		return j.extensions(v)
	}
	return false
}

// isText reports a scalar that every reader takes for a string, and which one.
func (j *judge) isText(n *node) bool {
	if n.kind != scalar || n.exotic || n.tagged || n.outer != n.start {
		return false
	}
	if n.style != plain {
		return n.style == single || n.style == double
	}
	return isPlainString(n.raw(j.src)) || isSerial(n.raw(j.src))
}

// isSerial reports a bare scalar that begins with a digit and yet is a string
// to every reader, as a token or a UUID may: it has a letter that no number or
// date has.
func isSerial(s string) bool {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[0] == '0' && strings.IndexByte("xXoObB", s[1]) >= 0 {
		return false
	}
	if !isPlainString("a" + s) {
		return false
	}
	for i := range len(s) {
		if isLetter(s[i]) && strings.IndexByte("eEtTzZxXoObB", s[i]) < 0 {
			return true
		}
	}
	return false
}

// isBase64 judges without reading the text twice: base64 of some length that
// begins with a letter is a string to every reader.
func (j *judge) isBase64(n *node) bool {
	s := n.text(j.src)
	if len(s) <= 5 || !isLetter(s[0]) || n.tagged || n.exotic || n.outer != n.start || n.style == block {
		return false
	}
	if need := base64.StdEncoding.DecodedLen(len(s)); need > len(j.buf) {
		j.buf = make([]byte, need*2)
	}
	_, err := base64.StdEncoding.Decode(j.buf, asBytes(s))
	return err == nil && strings.IndexByte(s, '\r') < 0
}

// extensions judges a list of named extensions, whose names must differ.
func (j *judge) extensions(v *node) bool {
	var names []string
	return j.sequence(v, func(n *node) bool {
		if n.get(j.src, "name").key == nil || n.get(j.src, "extension").key == nil {
			return false
		}
		return j.mapping(n, func(key string, v *node) bool {
			switch key {
			case "name":
				name := v.text(j.src)
				seen := slices.Contains(names, name)
				names = append(names, name)
				return !seen && j.isText(v)
			case "extension":
				return v.kind == mapping && j.anyText(v)
			}
			return false
		})
	})
}

// anyText judges a tree of strings.
func (j *judge) anyText(n *node) bool {
	switch n.kind {
	case mapping:
		return j.mapping(n, func(_ string, v *node) bool { return j.anyText(v) })
	case sequence:
		return j.sequence(n, j.anyText)
	}
	return j.isText(n)
}
