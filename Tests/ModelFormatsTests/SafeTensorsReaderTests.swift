import ModelFormats
import Neural
import TestSupport
import Testing

@Suite struct SafeTensorsReaderTests {
  private func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
    let count = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8) + data
  }

  private func entry(_ type: String, _ shape: String, _ offsets: String) -> String {
    #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test func tensorsComeInHeaderOrder() throws {
    let header =
      #"{"__metadata__":{"format":"pt"},"b":"# + entry("U8", "[2]", "[4,6]")
      + #","a":"# + entry("F32", "[1,1]", "[0,4]") + "}  "
    let tensors = try SafeTensorsReader.read(bytes: file(header, [0, 0, 0x80, 0x3f, 7, 8]))
    #expect(tensors.map(\.name) == ["b", "a"])
    #expect(tensors[0].tensor.elements(UInt8.self) == [7, 8])
    #expect(tensors[1].tensor.floats() == [1])
    #expect(tensors[1].tensor.shape == [1, 1])
  }

  @Test func aFileWithoutTensorsIsLegal() throws {
    #expect(try SafeTensorsReader.read(bytes: file("{}", [])).isEmpty)
  }

  @Test func zeroSizedTensorsMayLieAnywhere() throws {
    let header =
      #"{"z":"# + entry("F32", "[0]", "[2,2]") + #","a":"# + entry("U8", "[2]", "[0,2]")
      + #","c":"# + entry("U8", "[2]", "[2,4]") + "}"
    #expect(try SafeTensorsReader.read(bytes: file(header, [1, 2, 3, 4])).count == 3)
  }

  @Test(arguments: [
    ("U8", "[2]", "[0,3]"), ("U8", "[2]", "[1,3]"), ("U8", "[2]", "[2,0]"),
    ("U8", "[2]", "[0,2,2]"),
    ("U8", "[2]", "[0.0,2]"), ("U8", "[2.0]", "[0,2]"), ("U8", "[-2]", "[0,2]"),
    ("U8", "2", "[0,2]"), ("u8", "[2]", "[0,2]"), ("F8_E4M3", "[2]", "[0,2]"),
    ("F32", "[4611686018427387904,4]", "[0,2]"), ("U8", "[9223372036854775808]", "[0,2]"),
    ("U8", "[2]", "[0,18446744073709551618]"), ("U8", "[1]", "[0,1]"),
  ])
  func entriesThatAreRefused(type: String, shape: String, offsets: String) {
    #expect(throws: ModelError.self) {
      try SafeTensorsReader.read(
        bytes: file(#"{"a":"# + entry(type, shape, offsets) + "}", [1, 2]))
    }
  }

  @Test func overlapsAndDuplicatesAreRefused() {
    let first = entry("U8", "[2]", "[0,2]")
    for second in [first, entry("U8", "[2]", "[1,3]")] {
      #expect(throws: ModelError.self) {
        try SafeTensorsReader.read(
          bytes: file(#"{"a":\#(first),"b":\#(second)}"#, [1, 2, 3]))
      }
    }
    #expect {
      try SafeTensorsReader.read(bytes: file(#"{"a":\#(first),"a":\#(first)}"#, [1, 2]))
    } throws: {
      "\($0)".contains("given twice")
    }
  }

  @Test(arguments: [640, 0x8b1f])
  func headerLengthsThatLookLikeAnotherFormat(length: Int) throws {
    let header = #"{"a":"# + entry("U8", "[2]", "[0,2]") + "}"
    let padded = header + String(repeating: " ", count: length - header.utf8.count)
    #expect(try SafeTensorsReader.read(bytes: file(padded, [1, 2])).count == 1)
  }

  @Test func headerLengthIsLimited() {
    for length in [UInt64(100_000_001), 1 << 63, .max, 3] {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + [0x7b, 0x7d]
      #expect(throws: ModelError.self) { try SafeTensorsReader.read(bytes: bytes) }
    }
  }

  @Test func everySingleByteChangeIsReadOrRefused() {
    let bytes = file(#"{"a":"# + entry("U8", "[2]", "[0,2]") + "}", [1, 2])
    for index in bytes.indices {
      for value in UInt8.min...UInt8.max {
        var altered = bytes
        altered[index] = value
        _ = try? SafeTensorsReader.read(bytes: altered)
      }
      #expect(throws: ModelError.self) {
        try SafeTensorsReader.read(bytes: Array(bytes.prefix(index)))
      }
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func corpus() throws {
    let files = try CorpusManifest.files(kind: "model", family: "safetensors")
    #expect(files.count > 50)
    for file in files {
      do {
        let tensors = try SafeTensorsReader.read(path: file.path)
        #expect(file.expectation != .reject, "\(file.name) was read")
        if let count = file.fields["n_tensors"], !count.isEmpty {
          #expect(tensors.count == Int(count), "\(file.name)")
        }
      } catch {
        #expect(file.expectation != .load, "\(file.name): \(error)")
      }
    }
  }
}
