extension Double {
  /// The bits of the nearest IEEE 754 half (binary16), ties to even; too large becomes infinite.
  package var halfBits: UInt16 { narrowBits(exponentBits: 5, fractionBits: 10) }

  /// The bits of the nearest bfloat16, ties to even; too large becomes infinite.
  package var bfloat16Bits: UInt16 { narrowBits(exponentBits: 8, fractionBits: 7) }

  /// Rounds once to a 16-bit format of the given widths, subnormal numbers included.
  private func narrowBits(exponentBits: Int, fractionBits: Int) -> UInt16 {
    let signBit: UInt16 = sign == .minus ? 0x8000 : 0
    let infinity = UInt16((1 << exponentBits) - 1) << UInt16(fractionBits)
    if isNaN { return signBit | infinity | 1 << UInt16(fractionBits - 1) }
    if isInfinite { return signBit | infinity }
    if self == 0 { return signBit }
    let bias = 1 << (exponentBits - 1) - 1
    let smallestExponent = 1 - bias
    let exponent = Swift.max(Int(self.exponent), smallestExponent)
    if exponent > bias { return signBit | infinity }
    // The magnitude in units of the last place; both steps are exact.
    let unit = Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
    let units = UInt32((magnitude / unit).rounded(.toNearestOrEven))
    // A carry out of the fraction runs into the exponent, up to infinity, as it should.
    let hidden = UInt32(1) << UInt32(fractionBits)
    let bits = UInt32(exponent - smallestExponent) << UInt32(fractionBits) + units
    return signBit | UInt16(truncatingIfNeeded: units < hidden ? units : bits)
  }
}
