// Package lab is the hardware lab: a box without a box. It boots Debian's own
// arm64 kernel in a virtual machine, runs the cross-built program in it as on a
// Raspberry Pi, and plays the people, the wires and the power supply.
//
//	host                                guest: Debian's arm64 kernel
//	+-------------------+               +---------------------------------+
//	| Train, Play       |-- qtest ----->| PL061 inputs    /dev/gpiochip0 -|--> sourire run,
//	| AwaitOutputs      |<- qtest ------| PL061 outputs  <----------------|--- as its own user
//	| Screenshot        |<- QMP --------| virtio-gpu     /dev/fb0 <-------|---    |  |
//	| Broker: Mosquitto |<- 10.0.2.2 ---| virtio-net     eth0 <-----------|-------+  |
//	| disk.Disk         |<- NBD --------| virtio-blk     ext4 <-----------|----------+
//	| OLED, Plug,       |               |                                 |
//	| Exec, Edges, ...  |<- serial ---->| init (guest): the agent         |
//	+-------------------+               |   SSD1306 <- USB/IP <- vhci-hcd |
//	                                    |   <- i2c-tiny-usb <- /dev/i2c-1 |
//	                                    +---------------------------------+
//
// What is real: the kernel, its GPIO, I2C, framebuffer, ext4 and network
// drivers, the devices' nodes and who may open them, and the program, byte for
// byte the one that is shipped. What is not: the copper. The GPIO controller is
// QEMU's PL061, the I2C adapter is plugged into a USB port of the kernel's own
// making, and what hangs on its bus is Go code in the guest's first process.
//
// To make a test, [Start] a machine, put the program into its files, let
// [Machine.StartTerminal] run it, and [Machine.Play] a [Train] of presses,
// bounces and glitches. The time that a train takes is the host's, and a busy
// host makes pauses longer: [Played] says what happened in truth, and
// [Machine.Edges] what the kernel saw of it. A test must judge by these and not
// by the plan.
//
// With [Config.System] the machine boots a whole Debian, whose systemd becomes
// its first process; the agent stays beside it.
//
// A power cut is [Machine.PowerCut]: QEMU is killed. The host would keep what
// the guest has written, however it was killed and whichever cache QEMU is told
// to use, so the data lie on a [sourire/deploy/lab/disk.Disk], which forgets
// what was not flushed.
//
// It needs qemu-system-aarch64, fdtput (device-tree-compiler), mkfs.ext4,
// mosquitto and the cross compilers: deploy/need installs them. No KVM, no
// root. The kernel is fetched by the script deploy/lab/kernel, once.
package lab
