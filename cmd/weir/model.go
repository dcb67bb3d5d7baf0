package main

import "github.com/spf13/cobra"

func newModelCommand(c *console) *cobra.Command {
	return &cobra.Command{Use: "model", Short: "Read and check a scoring model"}
}
