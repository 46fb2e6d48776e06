module haulway/toolchain/argo-cd

go 1.26.0
