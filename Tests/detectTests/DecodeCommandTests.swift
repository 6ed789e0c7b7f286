import Imaging
import TestSupport
import Testing

@Suite struct DecodeCommandTests {
  private let folder: TemporaryFolder
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    detect = try ProcessRunner.detect()
  }

  @Test func ppmHasTheHeaderAndThePixels() throws {
    let path = try folder.write(RedDetector.picture(), to: "named.jpg")
    let result = try detect.run(["decode", path, "--output", folder.file("x.ppm")])
    #expect(result.exitCode == 0)
    #expect(result.output == "" && result.errors == "")
    let pixels = try ImageDecoder().decode(bytes: RedDetector.picture()).image.samples
    #expect(try folder.read("x.ppm") == Array("P6\n32 32\n255\n".utf8) + pixels)
  }

  @Test func pngIsOverwritten() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    try folder.write([1, 2, 3], to: "x.png")
    #expect(try detect.run(["decode", path, "-o", folder.file("x.png")]).exitCode == 0)
    let pixels = try ImageDecoder().decode(bytes: RedDetector.picture()).image.samples
    #expect(try ImageDecoder().decode(bytes: try folder.read("x.png")).image.samples == pixels)
    #expect(try folder.entries() == ["a.png", "x.png"])
  }

  @Test func aRefusedPictureIsExit1AndLeavesNothing() throws {
    let path = try folder.write(Array(RedDetector.picture().dropLast(20)), to: "cut.png")
    let result = try detect.run(["decode", path, "--output", folder.file("x.ppm")])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("cut.png: "))
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(!folder.exists("x.ppm"))
  }

  @Test func limitsAndUsage() throws {
    let path = try folder.write(RedDetector.picture(), to: "a.png")
    let output = ["--output", folder.file("x.ppm")]
    let limited = try detect.run(["decode", path, "--max-pixels", "1023"] + output)
    #expect(limited.exitCode == 1)
    #expect(limited.errors.contains("1024 pixels"))
    #expect(try detect.run(["decode", path, "--max-pixels", "1024"] + output).exitCode == 0)
    #expect(try detect.run(["decode", path, "--output", folder.file("x.gif")]).exitCode == 64)
    #expect(try detect.run(["decode", path, "--output", folder.file("no/x.png")]).exitCode == 73)
  }
}
