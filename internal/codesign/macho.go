package codesign

import "encoding/binary"

// What the head of a Mach-O has, see mach-o/loader.h.
const (
	cpuARM64        = 0x0100000c
	lcCodeSignature = 0x1d
)

// macho is what there is to know of a Mach-O here.
type macho struct {
	arm64  bool
	signed bool // there is a LC_CODE_SIGNATURE
	// The signature is image[start:end]; it lies after the load commands.
	start, end int
}

// readMachO finds the signature. It returns nil for what is no Mach-O. The
// standard library's debug/macho would read symbols and sections too, of which
// nothing is needed, and refuse what it does not know there.
func readMachO(image []byte) (*macho, error) {
	if len(image) < 4 {
		return nil, nil
	}
	le := binary.LittleEndian
	var head int
	switch le.Uint32(image) {
	case 0xfeedfacf: // 64 bits
		head = 32
	case 0xfeedface: // 32 bits
		head = 28
	case 0xcffaedfe, 0xcefaedfe:
		return nil, badForm("it is big-endian, for PowerPC")
	case 0xbebafeca, 0xbfbafeca:
		return nil, badForm("it is a universal file of several programs; take each by itself, see lipo -thin")
	default:
		return nil, nil
	}
	if len(image) < head {
		return nil, badForm("it ends within its header")
	}
	m := &macho{arm64: le.Uint32(image[4:]) == cpuARM64}
	count, size := le.Uint32(image[16:]), le.Uint32(image[20:])
	if uint64(size) > uint64(len(image)-head) {
		return nil, badForm("it ends within its load commands")
	}
	commands := image[head : head+int(size)]
	for n := range count {
		if len(commands) < 8 {
			return nil, badForm("load command %d of %d is missing", n+1, count)
		}
		kind, length := le.Uint32(commands), le.Uint32(commands[4:])
		if length < 8 || uint64(length) > uint64(len(commands)) {
			return nil, badForm("load command %d cannot have %d bytes", n+1, length)
		}
		if kind == lcCodeSignature {
			if m.signed || length != 16 {
				return nil, badForm("load command %d (LC_CODE_SIGNATURE) stands twice or has %d bytes", n+1, length)
			}
			start := uint64(le.Uint32(commands[8:]))
			end := start + uint64(le.Uint32(commands[12:]))
			if start < uint64(head)+uint64(size) || end > uint64(len(image)) {
				return nil, badForm("its signature would lie at bytes %d to %d of %d", start, end, len(image))
			}
			m.signed, m.start, m.end = true, int(start), int(end)
		}
		commands = commands[length:]
	}
	return m, nil
}
