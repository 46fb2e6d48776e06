module haulway/toolchain/redis

go 1.26.0
