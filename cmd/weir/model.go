package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/schema"
)

func newModelCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "model", Short: "Check, seal and verify scoring models", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	check := &modelCheck{console: c}
	checkCommand := &cobra.Command{
		Use:   "check FILE",
		Short: "Check a model's file against its sources' schemas and a consortium's policy",
		Long: `Check reads a *.weir.json file and prints its characteristics and bins, the scores it can give, how many bits one
score tells, and whether a consortium's policy allows it. With --schemas DIR it compiles the model along
DIR/<source>/schema.json as a bank does before sealing. It prints the points: it is a tool for the model's owner.
Exit status: 0 if nothing is wrong, 2 if the file is or the policy refuses it.`,
		Example: "  weir model check sme.weir.json\n  weir model check sme.weir.json --schemas data --policy policy.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return check.run(args[0]) },
	}
	checkCommand.Flags().StringVar(&check.schemas, "schemas", "", "folder with the sources' folders, each with its schema.json")
	checkCommand.Flags().StringVar(&check.policy, "policy", "", "the consortium's policy as JSON; default 10 bits, 8 characteristics, 2 holders")
	command.AddCommand(checkCommand, newModelProveCommand(c), newModelVerifyPackageCommand(c), newModelImportCommand(c), newModelBindCommand(c), newModelBinCommand(c),
		newModelVerifyCommand(c), newModelShowCommand(c), newModelEvaluateCommand(c))
	return command
}

// modelCheck is one run of weir model check.
type modelCheck struct {
	*console
	schemas, policy string // flags
}

func (check *modelCheck) run(file string) error {
	m, err := openModel(file)
	if err != nil {
		return badInput(err)
	}
	policy, err := openPolicy(check.policy)
	if err != nil {
		return badInput(err)
	}
	figures, warnings, err := check.compile(m)
	var refusal *model.Refusal
	if err != nil && !errors.As(err, &refusal) {
		return badInput(err)
	}
	if refusal == nil {
		// Every source may be kept by another holder; that they really are distinct is checked when holders join.
		errors.As(figures.Check(policy, len(m.Sources)), &refusal)
	}
	result := newModelResult(m, figures, policy, refusal)
	result.Warnings = append(result.Warnings, warnings...)
	if check.schemas != "" {
		result.Features = "checked"
	}
	if err := check.print(result); err != nil || refusal == nil {
		return err
	}
	return badInput(refusal)
}

// compile gives the figures along the schemas, or without --schemas those of the file. A model whose resolution is
// refused has the figures of the file beside the refusal.
func (check *modelCheck) compile(m *points.Model) (points.Figures, []string, error) {
	if check.schemas == "" {
		return m.Figures(), nil, nil
	}
	schemas, err := openSchemas(check.schemas, m)
	if err != nil {
		return points.Figures{}, nil, err
	}
	compiled, err := m.Compile(schemas)
	if err != nil {
		return m.Figures(), nil, err
	}
	return compiled.Figures, compiled.Warnings, nil
}

func openModel(file string) (*points.Model, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return points.Parse(f, file)
}

// openPolicy reads a policy file; no file is the default policy.
func openPolicy(file string) (model.Policy, error) {
	if file == "" {
		return model.DefaultPolicy(), nil
	}
	f, err := openRegularFile(file)
	if err != nil {
		return model.Policy{}, err
	}
	defer f.Close()
	return model.ParsePolicy(f, file)
}

// openSchemas reads DIR/<source>/schema.json for every source of the model.
func openSchemas(dir string, m *points.Model) (map[engine.Name]*schema.Schema, error) {
	schemas := map[engine.Name]*schema.Schema{}
	for _, source := range m.Sources {
		file := filepath.Join(dir, string(source.Name), "schema.json")
		s, err := openSchema(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the model names source %q, and there is no %s", source.Name, file)
		}
		if err != nil {
			return nil, err
		}
		if s.Source != source.Name {
			return nil, fmt.Errorf("%s describes source %q, want %q as its folder says", file, s.Source, source.Name)
		}
		schemas[source.Name] = s
	}
	return schemas, nil
}

func openSchema(file string) (*schema.Schema, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return schema.Parse(f, file)
}

// openRegularFile opens what a user names, or a link to it, but neither a folder nor a device that could block.
func openRegularFile(file string) (*os.File, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", file)
	}
	return os.Open(file)
}
