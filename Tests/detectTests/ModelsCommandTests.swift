import TestSupport
import Testing

@Suite struct ModelsCommandTests {
  private let folder: TemporaryFolder
  private var detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    detect = try ProcessRunner.detect()
    detect.environment = ["DETECT_MODELS": folder.path]
  }

  @Test func listsTheCatalogue() throws {
    let result = try detect.run(["models"])
    #expect(result.exitCode == 0)
    let rows = result.output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(
      rows.map { $0.first } == ["NAME", "mtcnn", "yolov3-tiny", "centerface", "ppocrv4-det"])
    #expect(result.output.contains("35.4 MB  no "))
    #expect(try detect.run(["models", "list"]).output == result.output)
  }

  @Test func anInstalledModelIsSaidToBe() throws {
    try folder.write([1], to: "centerface.onnx")
    let output = try detect.run(["models"]).output
    #expect(output.contains(folder.file("centerface.onnx")))
    #expect(!output.contains(folder.file("yolov3-tiny.cfg")))
  }

  @Test func fetchingNeedsAKnownNameAndPython() throws {
    let unknown = try detect.run(["models", "fetch", "nothing"])
    #expect(unknown.exitCode == 64)
    #expect(unknown.errors.contains("yolov3-tiny"))
    var detect = detect
    detect.environment?["PATH"] = folder.path
    let result = try detect.run(["models", "fetch", "centerface"])
    #expect(result.exitCode == 66)
    #expect(result.errors.contains("python3"))
    #expect(try folder.entries() == [])
  }

  @Test func versionAndHelpGoToStandardOutput() throws {
    let version = try detect.run(["--version"])
    #expect(version.exitCode == 0)
    #expect(version.output.split(separator: ".").count == 3)
    let help = try detect.run(["--help"])
    #expect(help.exitCode == 0)
    #expect(help.output.contains("models") && help.errors.isEmpty)
    #expect(try detect.run([]).exitCode == 64)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsAreGenerated(_ shell: String) throws {
    let result = try detect.run(["--generate-completion-script", shell])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("save-image"))
  }
}
