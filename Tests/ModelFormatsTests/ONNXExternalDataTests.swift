import FoundationEssentials
import ModelFormats
import Neural
import SwiftProtobuf
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Weights in a file beside the model, and every way out of the model's folder.
@Suite struct ONNXExternalDataTests {
  typealias Builder = ONNXModelBuilder

  private let folder: TemporaryFolder
  /// Two Float32 elements, 1 and 2.
  private let bytes: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.write(bytes, to: "w.bin")
  }

  private func model(_ entries: KeyValuePairs<String, String>) throws -> String {
    let weights = Onnx_TensorProto.with { tensor in
      tensor.name = "w"
      tensor.dataType = 1
      tensor.dims = [2]
      tensor.dataLocation = .external
      tensor.externalData = entries.map { entry in
        Onnx_StringStringEntryProto.with {
          $0.key = entry.key
          $0.value = entry.value
        }
      }
    }
    let proto = Builder.single("Add", dims: [2], weights: [weights]).proto
    return try folder.write(try proto.serializedBytes(), to: "model.onnx")
  }

  private func expectRefusal(
    _ entries: KeyValuePairs<String, String>, _ fragment: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = try model(entries)
    do {
      _ = try ModelReader.read(path: path)
      Issue.record("not refused", sourceLocation: sourceLocation)
    } catch {
      let message = String(describing: error)
      #expect(message.contains("tensor w"), "\(message)", sourceLocation: sourceLocation)
      #expect(message.contains(fragment), "\(message)", sourceLocation: sourceLocation)
    }
  }

  @Test func readsFileBeside() throws {
    let whole = try ModelReader.read(path: try model(["location": "w.bin"]))
    #expect(whole.graph.constants.values.map { $0.floats() } == [[1, 2]])
    _ = try folder.write([9, 9, 9, 9] + bytes, to: "w2.bin")
    let part = try ModelReader.read(
      path: try model(["location": "w2.bin", "offset": "4", "length": "8"]))
    #expect(part.graph.constants.values.map { $0.floats() } == [[1, 2]])
  }

  @Test func filesBesideAreListed() throws {
    let path = try model(["location": "sub/w.bin", "offset": "4", "length": "8"])
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(try ONNXReader.externalFiles(of: bytes, path: path) == [folder.file("sub/w.bin")])
    #expect(try ONNXReader.externalFiles(of: [1, 2, 3], path: path) == [])
    let inside =
      try Builder.single("Add", dims: [2], weights: []).proto.serializedBytes() as [UInt8]
    #expect(try ONNXReader.externalFiles(of: inside, path: path) == [])
    #expect(throws: ModelError.self) {
      let path = try model(["location": "../w.bin"])
      _ = try ONNXReader.externalFiles(
        of: [UInt8](Data(contentsOf: URL(filePath: path))), path: path)
    }
  }

  @Test func locationsOutside() throws {
    for location in ["", "/etc/passwd", "../w.bin", "a/../w.bin", "./w.bin", "w.bin/", "w\0.bin"] {
      try expectRefusal(["location": location], "outside the model folder")
    }
    try expectRefusal([:], "outside the model folder")
  }

  @Test func linksAreNotFollowed() throws {
    try #require(symlink("w.bin", folder.file("link.bin")) == 0)
    try expectRefusal(["location": "link.bin"], "symbolic link")
    try #require(mkdir(folder.file("real"), 0o700) == 0)
    _ = try folder.write(bytes, to: "real/w.bin")
    try #require(symlink("real", folder.file("alias")) == 0)
    try expectRefusal(["location": "alias/w.bin"], "symbolic link")
    #expect(throws: Never.self) {
      try ModelReader.read(path: try model(["location": "real/w.bin"]))
    }
    try #require(link(folder.file("w.bin"), folder.file("second.bin")) == 0)
    try expectRefusal(["location": "second.bin"], "has 2 names")
  }

  @Test func onlyRegularFiles() throws {
    try #require(mkdir(folder.file("folder"), 0o700) == 0)
    try expectRefusal(["location": "folder"], "not a regular file")
    // Opening must not wait for a writer.
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
    try expectRefusal(["location": "pipe"], "not a regular file")
    try expectRefusal(["location": "missing.bin"], "No such file")
  }

  @Test func spans() throws {
    try expectRefusal(["location": "w.bin", "length": "7"], "length 7, 8 needed")
    try expectRefusal(["location": "w.bin", "length": "-8"], "length")
    try expectRefusal(["location": "w.bin", "offset": "abc"], "offset")
    try expectRefusal(["location": "w.bin", "offset": ""], "offset")
    try expectRefusal(["location": "w.bin", "offset": "9223372036854775808"], "offset")
    try expectRefusal(["location": "w.bin", "offset": "9223372036854775807"], "needed")
    try expectRefusal(["location": "w.bin", "offset": "1"], "needed")
    try expectRefusal(["location": "w.bin", "offset": "0", "offset": "0"], "twice")
  }

  @Test func neededFolder() throws {
    let bytes = try folder.read(
      String(try model(["location": "w.bin"]).split(separator: "/").last!))
    let proto = try Onnx_ModelProto(serializedBytes: bytes)
    #expect(throws: ModelError.self) { try ONNXReader.read(proto, modelPath: nil) }
  }
}
