package main

import "syscall"

// peakRSS is the most memory this process has had resident, in bytes, or 0 where the system does not tell.
func peakRSS() int64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return int64(usage.Maxrss) << 10 // Linux counts in KiB
}
