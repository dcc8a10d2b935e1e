package prereq_test

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

// peWithResource builds a Windows program with one raw resource, laid out as
// Microsoft's PE format describes: type, name and language, each a folder.
func peWithResource(t *testing.T, name string, value []byte) []byte {
	t.Helper()
	const rva, high = 0x1000, 1 << 31
	var rsrc bytes.Buffer
	writeLE := func(w *bytes.Buffer, v any) {
		if err := binary.Write(w, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	folder := func(named, numbered uint16, entries ...uint32) {
		writeLE(&rsrc, [3]uint32{})
		writeLE(&rsrc, [2]uint16{named, numbered})
		writeLE(&rsrc, entries)
	}
	// Offsets: root 0 (two entries), type 3's folder 32, raw data's folder 48
	// (two names), language 80, data entry 104, then names and the value.
	units := utf16.Encode([]rune(name))
	other := utf16.Encode([]rune("ANOTHER"))
	names := uint32(120)
	otherAt := names + 2 + uint32(2*len(units))
	valueAt := otherAt + 2 + uint32(2*len(other))
	folder(0, 2, 3, high|32, 10, high|48)
	folder(0, 0)
	folder(2, 0, high|otherAt, 0, high|names, high|80)
	folder(0, 1, 1033, 104)
	writeLE(&rsrc, [4]uint32{rva + valueAt, uint32(len(value))})
	writeLE(&rsrc, uint16(len(units)))
	writeLE(&rsrc, units)
	writeLE(&rsrc, uint16(len(other)))
	writeLE(&rsrc, other)
	rsrc.Write(value)

	var exe bytes.Buffer
	dos := make([]byte, 96)
	copy(dos, "MZ")
	dos[0x3c] = 96
	exe.Write(dos)
	exe.WriteString("PE\x00\x00")
	writeLE(&exe, pe.FileHeader{Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1})
	header := pe.SectionHeader32{VirtualSize: uint32(rsrc.Len()), VirtualAddress: rva, SizeOfRawData: uint32(rsrc.Len())}
	copy(header.Name[:], ".rsrc")
	header.PointerToRawData = uint32(exe.Len() + binary.Size(header))
	writeLE(&exe, header)
	exe.Write(rsrc.Bytes())
	return exe.Bytes()
}
