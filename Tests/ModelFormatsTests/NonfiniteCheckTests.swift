import ModelFormats
import Neural
import Testing

@Suite struct NonfiniteCheckTests {
  @Test func float32() throws {
    let tensor = try Tensor(
      [1, .nan, -.nan, .infinity, -.infinity, .greatestFiniteMagnitude, 0, .signalingNaN],
      shape: [8])
    #expect(tensor.nonfiniteCount == NonfiniteCount(nan: 3, infinite: 2))
  }

  @Test func halfPrecision() throws {
    // +inf, -inf, NaN, largest finite of each format.
    for (type, bits) in [
      (ElementType.float16, [0x7c00, 0xfc00, 0x7c01, 0x7bff] as [UInt16]),
      (.bfloat16, [0x7f80, 0xff80, 0xff81, 0x7f7f]),
    ] {
      var tensor = try Tensor(zeros: type, shape: [4])
      try tensor.withUnsafeMutableBytes { target in
        bits.withUnsafeBytes { target.copyMemory(from: $0) }
      }
      #expect(tensor.nonfiniteCount == NonfiniteCount(nan: 1, infinite: 2))
    }
  }

  @Test func integersAreFinite() throws {
    #expect(try Tensor([Int.max, -1], shape: [2]).nonfiniteCount.isZero)
  }

  @Test func messages() {
    #expect(NonfiniteCount(nan: 1).detail == "has 1 NaN")
    #expect(NonfiniteCount(infinite: 1).detail == "has 1 infinite element")
    #expect(NonfiniteCount(nan: 2, infinite: 3).detail == "has 2 NaN and 3 infinite elements")
    #expect(NonfiniteCount(nan: 1).message(tensor: "W1") == "tensor W1 has 1 NaN")
    #expect(
      "\(ModelError.tensor("W1", NonfiniteCount(nan: 1).detail))" == "tensor W1 has 1 NaN")
  }
}
