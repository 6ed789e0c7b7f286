import ModelFormats
import Neural
import StrictJSON
import TestSupport
import Testing

/// `detect info`, `detect infer`, `detect bench`.
@Suite struct ModelCommandTests {
  private let folder: TemporaryFolder
  private let model: String
  private let detect: ProcessRunner

  init() throws {
    folder = try TemporaryFolder()
    model = try RedDetector.write(into: folder)
    detect = try ProcessRunner.detect()
  }

  @Test func infoDescribesADarknetModel() throws {
    let result = try detect.run(["info", model, "--json"])
    #expect(result.exitCode == 0)
    let info = try JSONReader.parse(result.standardOutput)
    #expect(info["format"] == "darknet")
    #expect(info["parameters"] == 24)
    #expect(info["multiply_adds"] == .integer(32 * 32 * 6 * 3))
    #expect(info["unsupported"] == [])
    #expect(info["inputs"]?.arrayValue?.first?["shape"] == [1, 3, 32, 32])
    let text = try detect.run(["info", model]).output
    #expect(text.contains("\nparameters: 24\n"))
  }

  @Test func infoSaysHowTheNetworkWouldRun() throws {
    let result = try detect.run(["info", model, "--json", "--threads", "2"])
    let plan = try #require(try JSONReader.parse(result.standardOutput)["plan"])
    #expect(plan["threads"] == 2)
    let bytes = ["weight_bytes", "value_bytes", "scratch_bytes"].compactMap { plan[$0]?.intValue }
    // One plane of at least 8 of the six channels, and the picture.
    #expect(bytes.count == 3 && bytes[1] >= 4 * 32 * 32 * (8 + 3))
    #expect(plan["peak_bytes"]?.intValue == bytes.reduce(0, +))
    let convolution = plan["steps"]?.arrayValue?.first { $0["operation"] == "Conv" }
    #expect(convolution?["kernel"] == "planar input")
    #expect(convolution?["layout"] == "blocked")
    #expect(convolution?["output"] == [1, 6, 32, 32])
    #expect(convolution?["multiply_adds"] == .integer(32 * 32 * 6 * 3))
    let text = try detect.run(["info", model]).output
    #expect(text.contains("    Conv  planar input  blocked  1x6x32x32  "))
  }

  @Test func infoReadsTensorsAndJSON() throws {
    let tensor = NamedTensor(name: "w", tensor: try Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3]))
    let npz = try folder.write(try NumPyWriter.npz([tensor]), to: "a.npz")
    let info = try JSONReader.parse(try detect.run(["info", npz, "--json"]).standardOutput)
    #expect(info["tensors"] == [["name": "w", "type": "float32", "shape": [2, 3]]])
    let json = try folder.write(Array(#"{"family":"yolox"}"#.utf8), to: "a.json")
    #expect(try detect.run(["info", json]).output.contains("keys:\n  family\n"))
  }

  @Test(arguments: [
    ("a.json", "{\"a\":1,}"), ("a.npy", "no array"), ("a.npz", ""), ("a.safetensors", "x"),
    ("a.onnx", "version https://git-lfs.github.com/spec/v1\n"), ("a.cfg", "[net]\nwidth=-1\n"),
  ])
  func refusedFilesAre65WithOneLine(_ name: String, _ content: String) throws {
    let path = try folder.write(Array(content.utf8), to: name)
    let result = try detect.run(["info", path])
    #expect(result.exitCode == 65)
    #expect(result.output == "")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.hasPrefix("detect: \(path): "))
  }

  @Test func nonFiniteTensorsAreRefusedUnlessAllowed() throws {
    let tensor = NamedTensor(name: "w", tensor: try Tensor([1, .nan], shape: [2]))
    let npz = try folder.write(try NumPyWriter.npz([tensor]), to: "a.npz")
    let refused = try detect.run(["info", npz])
    #expect(refused.exitCode == 65)
    #expect(refused.errors.contains("tensor w has 1 NaN"))
    let allowed = try detect.run(["info", npz, "--allow-nonfinite"])
    #expect(allowed.exitCode == 0)
    #expect(allowed.errors.contains("tensor w has 1 NaN"))
  }

  @Test func inferGivesTheNetworksOutputs() throws {
    let loaded = try ModelReader.read(path: model)
    var samples = [Float](repeating: 0, count: 3 * 32 * 32)
    samples[5] = 1  // Red of the sixth pixel.
    let input = NamedTensor(
      name: loaded.graph.inputs[0].name, tensor: try Tensor(samples, shape: [1, 3, 32, 32]))
    let source = try folder.write(try NumPyWriter.npz([input]), to: "x.npz")
    let result = try detect.run(
      ["infer", "--model", model, "--input", source, "--output", folder.file("y.npz")])
    #expect(result.exitCode == 0)
    #expect(result.output == "")
    let outputs = try NumPyReader.read(path: folder.file("y.npz"))
    #expect(outputs.map(\.name) == loaded.graph.outputs.map(\.name))
    let values = try #require(outputs.first).tensor.floats()
    let objectness = Array(values[(4 * 1024)..<(5 * 1024)])
    var expected = [Float](repeating: -10, count: 1024)
    expected[5] = 10
    expectClose(objectness, expected, absolute: 1e-5)
  }

  @Test func inferRefusesInputsThatDoNotFit() throws {
    let tensors = [
      NamedTensor(name: "other", tensor: try Tensor([0.0], shape: [1])),
      NamedTensor(name: "data", tensor: try Tensor([0.0], shape: [1])),
    ]
    for tensor in tensors {
      let source = try folder.write(try NumPyWriter.npz([tensor]), to: "x.npz")
      let result = try detect.run(
        ["infer", "--model", model, "--input", source, "--output", folder.file("y.npz")])
      #expect(result.exitCode == 65)
      #expect(try folder.entries() == ["red.cfg", "red.weights", "x.npz"])
    }
  }

  @Test func benchReportsOneObject() throws {
    let result = try detect.run(
      ["bench", "--model", model, "--threads", "2", "--runs", "3", "--precision", "f32", "--json"])
    #expect(result.exitCode == 0)
    let report = try JSONReader.parse(result.standardOutput)
    #expect(report["model"] == "red")
    #expect(report["threads"] == 2)
    #expect(report["precision"] == "f32")
    #expect(report["runs"] == 3)
    let median = try #require(report["median_ms"]?.doubleValue)
    let least = try #require(report["min_ms"]?.doubleValue)
    #expect(least > 0 && median >= least)
    #expect(report["stages"]?["first_run_ms"]?.doubleValue != nil)
    #expect(try detect.run(["bench", "--model", model, "--runs", "0"]).exitCode == 64)
  }

  @Test func anUnknownInstructionSetIsAUsageError() throws {
    var detect = detect
    detect.environment = ["DETECT_ISA": "mmx"]
    #expect(try detect.run(["bench", "--model", model, "--runs", "1"]).exitCode == 64)
    detect.environment = ["DETECT_ISA": "portable"]
    #expect(try detect.run(["bench", "--model", model, "--runs", "1"]).exitCode == 0)
  }
}
