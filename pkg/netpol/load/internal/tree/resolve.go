package tree

import (
	"bytes"
	"math"
	"strconv"
)

// resolve says what an unquoted YAML scalar is to kubectl, which reads YAML 1.1:
// y, n, yes, no, on and off are booleans, 0x50 and 0120 are numbers, and
// underscores in numbers do not count. The text of a number is JSON's notation.
func resolve(in []byte) (Kind, []byte) {
	if len(in) == 0 {
		return Null, nil
	}
	switch c := in[0]; {
	case c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.':
		return number(in)
	case bytes.IndexByte([]byte("yYnNtTfFoO~"), c) >= 0:
		return word(in)
	}
	return String, in
}

func word(in []byte) (Kind, []byte) {
	switch string(in) {
	case "~", "null", "Null", "NULL":
		return Null, nil
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return Bool, []byte("true")
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return Bool, []byte("false")
	}
	return String, in
}

func number(in []byte) (Kind, []byte) {
	switch string(in) {
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
		return Float, in
	}
	if decimal(in) {
		return Int, in
	}
	if in[0] == '.' {
		if f, err := strconv.ParseFloat(string(in), 64); err == nil {
			return float(f)
		}
		return String, in
	}
	plain := in
	if bytes.IndexByte(in, '_') >= 0 {
		plain = bytes.ReplaceAll(in, []byte("_"), nil)
	}
	if !numeric(plain) {
		return String, in
	}
	if i, err := strconv.ParseInt(string(plain), 0, 64); err == nil {
		return Int, strconv.AppendInt(nil, i, 10)
	}
	if u, err := strconv.ParseUint(string(plain), 0, 64); err == nil {
		return Int, strconv.AppendUint(nil, u, 10)
	}
	if floatShape(plain) {
		if f, err := strconv.ParseFloat(string(plain), 64); err == nil {
			return float(f)
		}
	}
	if rest, ok := bytes.CutPrefix(plain, []byte("0b")); ok { // kubectl admits a sign in there
		if i, err := strconv.ParseInt(string(rest), 2, 64); err == nil {
			return Int, strconv.AppendInt(nil, i, 10)
		}
	}
	return String, in
}

// decimal spots the usual number without any conversion.
func decimal(in []byte) bool {
	return len(in) > 0 && len(in) < 19 && (in[0] >= '1' && in[0] <= '9' || len(in) == 1 && in[0] == '0') && len(digits(in)) == 0
}

// numeric rules most strings out (10.0.0.0/8, 1Gi) before anything is converted.
func numeric(in []byte) bool {
	if bytes.Count(in, []byte(".")) > 1 {
		return false
	}
	for _, c := range in {
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' || c|0x20 == 'x' || c|0x20 == 'o' || c == '+' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

// floatShape is the grammar of a YAML number: sign, digits with an optional
// fraction (or a fraction alone), exponent.
func floatShape(in []byte) bool {
	if in[0] == '+' || in[0] == '-' {
		in = in[1:]
	}
	rest := digits(in)
	whole := len(in) - len(rest)
	if len(rest) > 0 && rest[0] == '.' {
		frac := digits(rest[1:])
		if whole == 0 && len(frac) == len(rest)-1 {
			return false
		}
		rest = frac
	} else if whole == 0 {
		return false
	}
	if len(rest) > 0 && rest[0]|0x20 == 'e' {
		exp := rest[1:]
		if len(exp) > 0 && (exp[0] == '+' || exp[0] == '-') {
			exp = exp[1:]
		}
		if rest = digits(exp); len(rest) == len(exp) {
			return false
		}
	}
	return len(rest) == 0
}

// float writes f as encoding/json does: a whole number has no point.
func float(f float64) (Kind, []byte) {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	text := strconv.AppendFloat(nil, f, format, -1, 64)
	if _, ok := jsonNumber(text); !ok || bytes.ContainsAny(text, ".e") {
		return Float, text
	}
	return Int, text
}

// keyText returns the text of a mapping's key as kubectl would send it. A key
// that is neither text nor a plain number without quotes is refused: it would not be
// the key that was written.
func keyText(in []byte, plain bool, line int) ([]byte, error) {
	if !plain {
		return in, nil
	}
	kind, text := resolve(in)
	if kind != String && !decimal(in) {
		return nil, &SyntaxError{line, "key " + strconv.Quote(string(in)) + " without quotes is " + kind.String() + ", not a string"}
	}
	return text, nil
}
