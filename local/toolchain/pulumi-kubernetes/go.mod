module haulway/toolchain/pulumi-kubernetes

go 1.26.0
