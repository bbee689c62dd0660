// Loaded into every process that the demo starts: when the demo is gone, even killed, the process ends too.
process.on('disconnect', () => process.exit())
// Listening for that must not keep a process alive that has nothing else to do.
process.channel?.unref()
