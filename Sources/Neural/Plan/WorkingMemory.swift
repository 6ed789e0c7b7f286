/// Memory for the intermediate values of several networks, of which one runs at a time: the inputs
/// and outputs of one are lost when another's input is filled or another runs.
///
/// Pages are touched once, not once per network: over pictures of many sizes that is half of the
/// time. Not for concurrent use.
package final class WorkingMemory {
  /// The largest yet; networks made before it was keep their own.
  private var block: MemoryBlock?

  package init() {}

  /// A block of at least so many bytes, with any contents.
  ///
  /// - Throws: `GraphError.outOfMemory`.
  func block(byteCount: Int) throws -> MemoryBlock {
    if let block, block.byteCount >= byteCount { return block }
    let larger = try MemoryBlock(byteCount: byteCount)
    block = larger
    return larger
  }
}
