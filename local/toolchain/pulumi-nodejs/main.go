// Command pulumi-language-nodejs starts Pulumi's Node.js language host with the runtime options of the project.
//
// The last language host that is published as a Go module reads them from its command line. Engines have since come to
// send them with each request instead, which that host does not look at.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"gopkg.in/yaml.v3"
)

type project struct {
	Runtime yaml.Node `yaml:"runtime"`
}

type runtime struct {
	Options struct {
		TypeScript *bool  `yaml:"typescript"`
		NodeArgs   string `yaml:"nodeargs"`
		TSConfig   string `yaml:"tsconfig"`
	} `yaml:"options"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-nodejs:", err)
		os.Exit(1)
	}
}

func run() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	flags, err := flagsFor(dir)
	if err != nil {
		return err
	}
	host := self + "-host"
	args := append([]string{host}, flags...)
	return syscall.Exec(host, append(args, os.Args[1:]...), os.Environ())
}

// flagsFor gives the host's flags for the project that a directory belongs to.
func flagsFor(dir string) ([]string, error) {
	path, content, err := findProject(dir)
	if err != nil || content == nil {
		return nil, err
	}
	var parsed project
	if err := yaml.Unmarshal(content, &parsed); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	// The short form, `runtime: nodejs`, has no options.
	if parsed.Runtime.Kind != yaml.MappingNode {
		return nil, nil
	}
	var found runtime
	if err := parsed.Runtime.Decode(&found); err != nil {
		return nil, fmt.Errorf("%s: runtime: %w", path, err)
	}
	var flags []string
	if found.Options.TypeScript != nil {
		flags = append(flags, fmt.Sprintf("-typescript=%t", *found.Options.TypeScript))
	}
	if found.Options.NodeArgs != "" {
		flags = append(flags, "-nodeargs="+found.Options.NodeArgs)
	}
	if found.Options.TSConfig != "" {
		flags = append(flags, "-tsconfig="+found.Options.TSConfig)
	}
	return flags, nil
}

// findProject reads the nearest Pulumi.yaml, as the engine does; there is none where only plugins are asked for.
func findProject(dir string) (string, []byte, error) {
	for {
		for _, name := range []string{"Pulumi.yaml", "Pulumi.yml"} {
			path := filepath.Join(dir, name)
			content, err := os.ReadFile(path)
			if err == nil {
				return path, content, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return path, nil, err
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil, nil
		}
		dir = parent
	}
}
