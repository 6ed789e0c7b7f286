/// Memory for the intermediate values of several networks, of which one runs at a time: the inputs
/// and outputs of one are lost when another's input is filled or another runs.
///
/// Pages are touched once, not once per network: over pictures of many sizes that is half of the
/// time. Not for concurrent use.
package final class WorkingMemory {
  /// The largest yet; networks made before it was keep their own.
  private var block: MemoryBlock?

  /// Bytes that a block has at least: addresses only, until a larger network uses them. Otherwise the
  /// networks of pictures of growing size would hold a block each, and how much that is would depend
  /// on the order of the pictures.
  private static let reserve = 4 << 30

  package init() {}

  /// A block of at least so many bytes, with any contents.
  ///
  /// - Throws: `GraphError.outOfMemory`.
  func block(byteCount: Int) throws -> MemoryBlock {
    if let block, block.byteCount >= byteCount { return block }
    let larger =
      try
      (Self.reserve > byteCount && MemoryBlock.addressesAreUnlimited
      ? try? MemoryBlock(byteCount: Self.reserve, isReserve: true) : nil)
      ?? MemoryBlock(byteCount: byteCount)
    block = larger
    return larger
  }
}
