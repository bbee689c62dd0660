console.error('The demo needs the sample APIs, which are not here yet.')
process.exitCode = 1
