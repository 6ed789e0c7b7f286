import ModelFormats
import Neural
import TestSupport
import Testing

/// Archives altered byte by byte: every lie is found, and nothing traps.
@Suite struct NumPyArchiveTests {
  private func archive() throws -> [UInt8] {
    try NumPyWriter.npz([
      NamedTensor(name: "a", tensor: try Tensor([1, 2] as [Float], shape: [2])),
      NamedTensor(name: "b", tensor: try Tensor([3] as [Float], shape: [1])),
    ])
  }

  private func read(_ bytes: [UInt8], limits: NumPyLimits = NumPyLimits()) throws -> [NamedTensor] {
    try NumPyReader.read(bytes: bytes, name: "", limits: limits)
  }

  @Test func alteredDataFailsItsChecksum() throws {
    var bytes = try archive()
    // The local header of 30 bytes and the name precede the array's 128-byte header.
    bytes[30 + 5 + 128] ^= 1
    #expect {
      try read(bytes)
    } throws: {
      "\($0)".contains("wrong checksum")
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try archive()
    for count in 0..<bytes.count {
      #expect(throws: (any Error).self) { try read(Array(bytes.prefix(count))) }
    }
  }

  @Test func everySingleByteChangeIsReadOrRefused() throws {
    let bytes = try archive()
    var refused = 0
    for index in bytes.indices {
      for mask in [UInt8(0x01), 0x80, 0xff] {
        var altered = bytes
        altered[index] ^= mask
        if (try? read(altered)) == nil { refused += 1 }
      }
    }
    // Only dates, versions and attributes may change without harm.
    #expect(refused > bytes.count * 2)
  }

  @Test func memberCountIsLimited() throws {
    #expect(throws: ModelError.limit("number of archive members", value: 2, allowed: 1)) {
      try read(archive(), limits: NumPyLimits(memberLimit: 1))
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func inflatedSizeIsLimited() throws {
    let path = try #require(TestFiles.shared) + "/corpus/model/npz/good_deflated.npz"
    #expect(try NumPyReader.read(path: path).map(\.name) == ["w", "b"])
    #expect(throws: ModelError.self) {
      try NumPyReader.read(path: path, limits: NumPyLimits(inflatedByteLimit: 355))
    }
    #expect(
      try NumPyReader.read(path: path, limits: NumPyLimits(inflatedByteLimit: 356)).count == 2)
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func packingDoesNotChangeTheArrays() throws {
    let folder = try #require(TestFiles.shared) + "/corpus/model/npz/"
    let expected = try NumPyReader.read(path: folder + "good.npz")
    for name in ["good_deflated.npz", "good_savez.npz"] {
      let read = try NumPyReader.read(path: folder + name)
      #expect(read.map(\.name) == expected.map(\.name))
      #expect(read.map { $0.tensor.floats() } == expected.map { $0.tensor.floats() })
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func alteredDeflatedArchives() throws {
    let path = try #require(TestFiles.shared) + "/corpus/model/npz/good_deflated.npz"
    let bytes = try TestFiles.bytes(path)
    for index in bytes.indices {
      var altered = bytes
      altered[index] ^= 0x55
      _ = try? read(altered)
    }
    for count in 0..<bytes.count {
      #expect(throws: (any Error).self) { try read(Array(bytes.prefix(count))) }
    }
  }
}
