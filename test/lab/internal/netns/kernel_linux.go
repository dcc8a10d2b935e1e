package netns

import (
	"fmt"
	"runtime"
	"syscall"
)

// What the kernel's headers call these and the syscall package does not have.
const (
	cloneNewNet = 0x40000000

	vethPeer  = 1       // VETH_INFO_PEER, linux/veth.h
	infoKind  = 1       // IFLA_INFO_KIND, linux/if_link.h
	infoData  = 2       // IFLA_INFO_DATA
	netnsFile = 28      // IFLA_NET_NS_FD
	nested    = 1 << 15 // NLA_F_NESTED, linux/netlink.h
	noDAD     = 2       // IFA_F_NODAD, linux/if_addr.h

	ndMessage = 12   // sizeof(struct ndmsg), linux/neighbour.h
	ndDst     = 1    // NDA_DST
	ndLLAddr  = 2    // NDA_LLADDR
	permanent = 0x80 // NUD_PERMANENT

	netlinkNetfilter = 12        // NETLINK_NETFILTER, linux/netlink.h
	conntrackDelete  = 1<<8 | 2  // IPCTNL_MSG_CT_DELETE of NFNL_SUBSYS_CTNETLINK
	rulesGet         = 10<<8 | 7 // NFT_MSG_GETRULE of NFNL_SUBSYS_NFTABLES
	ruleTable        = 1         // NFTA_RULE_TABLE, linux/netfilter/nf_tables.h
)

// setns puts the calling thread into a network namespace. The syscall package
// lacks the number of the call on some architectures.
func setns(fd uintptr) error {
	number, ok := map[string]uintptr{"amd64": 308, "arm64": 268, "arm": 375, "386": 346, "riscv64": 268}[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("entering a network namespace on %s: %w", runtime.GOARCH, syscall.ENOSYS)
	}
	if _, _, errno := syscall.RawSyscall(number, fd, cloneNewNet, 0); errno != 0 {
		return errno
	}
	return nil
}
