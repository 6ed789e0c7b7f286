package import Neural

/// How many elements of a tensor are not numbers or not finite.
package struct NonfiniteCount: Hashable, Sendable {
  package var nan = 0
  package var infinite = 0

  /// For example `tensor W1 has 1 NaN`.
  package func message(tensor name: String) -> String { "tensor \(printable(name)) \(detail)" }

  package init(nan: Int = 0, infinite: Int = 0) {
    self.nan = nan
    self.infinite = infinite
  }

  package var isZero: Bool { nan == 0 && infinite == 0 }

  /// For example `has 1 NaN`, `has 2 NaN and 3 infinite elements`; goes with the tensor's name into
  /// `ModelError.tensor`.
  package var detail: String {
    switch (nan, infinite) {
    case (_, 0): "has \(nan) NaN"
    case (0, _): "has \(infinite) infinite element\(infinite == 1 ? "" : "s")"
    default: "has \(nan) NaN and \(infinite) infinite elements"
    }
  }
}

extension Tensor {
  /// The number of NaN and infinite elements; zero for integer and bool tensors.
  ///
  /// - Complexity: O(count), without copying.
  package var nonfiniteCount: NonfiniteCount {
    withUnsafeBytes { bytes in
      switch elementType {
      case .float32: count(bytes, as: UInt32.self, exponentMask: 0x7f80_0000)
      case .float64: count(bytes, as: UInt64.self, exponentMask: 0x7ff0_0000_0000_0000)
      case .float16: count(bytes, as: UInt16.self, exponentMask: 0x7c00)
      case .bfloat16: count(bytes, as: UInt16.self, exponentMask: 0x7f80)
      case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .bool:
        NonfiniteCount()
      }
    }
  }

  /// IEEE 754 formats have all exponent bits set in both; a NaN has fraction bits besides.
  private func count<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, as _: Bits.Type, exponentMask: Bits
  ) -> NonfiniteCount {
    var result = NonfiniteCount()
    let magnitudeMask = ~(Bits(1) << (Bits.bitWidth - 1))
    for bits in bytes.bindMemory(to: Bits.self) where bits & exponentMask == exponentMask {
      if bits & magnitudeMask == exponentMask { result.infinite += 1 } else { result.nan += 1 }
    }
    return result
  }
}
