package main

import "github.com/spf13/cobra"

func newRecordsCommand(c *console) *cobra.Command {
	return &cobra.Command{Use: "records", Short: "Read and check a data source's records"}
}
