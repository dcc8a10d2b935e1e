package kubeconfig

import "syscall"

func callNumber(regs *syscall.PtraceRegs) uint64 { return regs.Orig_rax }
