import ModelFormats
import Neural
import TestSupport
import Testing

/// The corpus of real, odd and broken ONNX files.
///
/// Files whose fault is one of sizes or attributes are refused by specialising the graph, so a
/// refusal here is one by the reader or by `ShapedGraph`.
@Suite(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
struct ONNXCorpusTests {
  static let files: [CorpusManifest.File] =
    TestFiles.shared == nil
    ? []
    : ((try? CorpusManifest.files(kind: "model")) ?? [])
      .filter { ($0.fields["family"] ?? "").hasPrefix("onnx") && $0.expectation != .data }

  @Test(arguments: files.map(\.path))
  func outcome(path: String) throws {
    let file = try #require(Self.files.first { $0.path == path })
    var refusal: String?
    do {
      let model = try ModelReader.read(path: path)
      // Folding the light models' synthetic weights takes minutes without optimisation.
      if !file.name.hasPrefix("light_") { try model.validate() }
    } catch {
      refusal = "\(file.name): \(error)"
    }
    if file.expectation == .load {
      let mayBeUnsupported = file.fields["note"]?.contains("unsupported operator") ?? false
      #expect(refusal == nil || mayBeUnsupported && refusal!.contains("not supported"))
    }
    if file.expectation == .reject { #expect(refusal != nil) }
  }
}
