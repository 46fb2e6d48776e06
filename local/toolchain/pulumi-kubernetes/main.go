// Command pulumi-resource-kubernetes serves the Kubernetes provider of Pulumi.
//
// The provider's own main package embeds files that its release process generates and that its Go module therefore
// does not contain. This one embeds the files that they are generated from; the builder lays them over this directory.
package main

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	if version.Version == "" || len(schema) == 0 || schema[0] != '{' {
		fmt.Fprintln(os.Stderr, "pulumi-resource-kubernetes: built without a version or a schema")
		os.Exit(1)
	}
	// Decoding and encoding 7 MB at every start would cost more than everything else that the provider does then.
	versioned := fmt.Appendf(nil, "{%q:%q,", "version", version.Version)
	provider.Serve("kubernetes", version.Version, append(versioned, schema[1:]...), terraformMapping)
}
