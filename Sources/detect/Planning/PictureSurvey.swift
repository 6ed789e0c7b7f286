internal import Geometry
internal import Imaging

/// What the headers of a run's pictures say.
struct PictureSurvey {
  struct Picture {
    /// Position among the inputs.
    let index: Int
    let size: Size
    /// While it is decoded, and until it is processed.
    let byteCount: Int
    /// Decoded.
    let heldByteCount: Int

    var pixelCount: Int { size.width * size.height }
  }

  /// In the order of the inputs; those whose header cannot be read, or which the decoder's limits
  /// refuse, are left out.
  private(set) var pictures: [Picture] = []
  /// Mean over `pictures`.
  private(set) var meanPixelCount = 0.0
  let inputCount: Int

  /// Inputs whose headers are read at most, and how many of them are neighbours, where there are
  /// more: pictures that follow each other are in memory together.
  private static let countLimit = 8192
  private static let blockLength = 32

  /// - Throws: Exit 66 when no input has a picture's header.
  init(_ inputs: [InputList.Input], decoder: ImageDecoder) throws {
    inputCount = inputs.count
    for index in Self.positions(inputs.count) {
      guard let read = try? decoder.header(pathBytes: inputs[index].path.bytes) else { continue }
      let byteCount = decoder.byteCount(decoding: read.header, fileByteCount: read.fileByteCount)
      let heldByteCount = decoder.heldByteCount(read.header)
      guard heldByteCount > 0, byteCount <= decoder.maxBytes else { continue }
      pictures.append(
        Picture(
          index: index, size: read.header.size, byteCount: byteCount,
          heldByteCount: heldByteCount))
    }
    guard !pictures.isEmpty else {
      throw CommandFailure(.noInput, "no input has a picture's header")
    }
    meanPixelCount =
      pictures.reduce(0) { $0 + Double($1.pixelCount) } / Double(pictures.count)
  }

  /// The positions looked at: all, or blocks of neighbours spread evenly.
  private static func positions(_ count: Int) -> [Int] {
    guard count > countLimit else { return Array(0..<count) }
    let blocks = countLimit / blockLength
    return (0..<blocks).flatMap { block in
      let start = (count - blockLength) / (blocks - 1) * block
      return start..<start + blockLength
    }
  }

  /// By pixels, ascending; equal ones in the order of the inputs.
  var bySize: [Picture] {
    pictures.sorted { ($0.pixelCount, $0.index) < ($1.pixelCount, $1.index) }
  }

  /// The survey of the pictures of fewer pixels; `nil` where there are none.
  func leavingOut(fromPixelCount limit: Int) -> PictureSurvey? {
    var survey = self
    survey.pictures.removeAll { $0.pixelCount >= limit }
    return survey.pictures.isEmpty ? nil : survey
  }

  /// Which worker the run lets look at which picture.
  struct Dealing {
    fileprivate(set) var shares: WorkerShares
    /// Of the pictures bound to a worker, by `Picture.index`.
    fileprivate(set) var owners: [Int: Int] = [:]

    /// The run's shares of a few of the pictures.
    func shares(of pictures: some Sequence<Picture>) -> WorkerShares {
      WorkerShares(ceilings: shares.ceilings, owners: pictures.map { owners[$0.index] })
    }
  }

  func dealing(workers: Int) -> Dealing {
    var dealing = Dealing(shares: WorkerShares(workers: workers))
    for (position, picture) in pictures.enumerated() {
      dealing.owners[picture.index] =
        dealing.shares.owner(ofItem: position, size: picture.heldByteCount)
    }
    return dealing
  }

  /// Of the pictures bound to each worker, by which its memory grows: the first, and so many of the
  /// last; in the order of the inputs.
  func growth(_ dealing: Dealing, last count: Int) -> [Picture] {
    let bound = Dictionary(grouping: pictures.filter { dealing.owners[$0.index] != nil }) {
      dealing.owners[$0.index] ?? 0
    }
    return bound.values.flatMap { $0.prefix(1) + $0.dropFirst().suffix(count) }
      .sorted { $0.index < $1.index }
  }

  /// The largest pictures of different sizes, the largest first.
  func largestSizes(_ count: Int) -> ArraySlice<Picture> {
    var chosen: [Picture] = []
    for picture in bySize.reversed() where !chosen.contains(where: { $0.size == picture.size }) {
      chosen.append(picture)
      if chosen.count == count { break }
    }
    return chosen[...]
  }

  /// A picture with those before and after it.
  func surroundings(of picture: Picture, before: Int, after: Int) -> ArraySlice<Picture> {
    guard let place = pictures.firstIndex(where: { $0.index == picture.index }) else { return [] }
    return pictures[max(0, place - before)..<min(pictures.count, place + after + 1)]
  }

  /// The neighbours that take the most memory together, and those before them.
  ///
  /// - Parameters:
  ///   - count: Pictures in memory at the same time.
  ///   - before: So many more, at least as many.
  func heaviest(_ count: Int, before: Int) -> ArraySlice<Picture> {
    let count = min(count, pictures.count)
    var sum = pictures[..<count].reduce(0) { $0 + $1.byteCount }
    var best = (sum: sum, start: 0)
    for start in 1..<max(1, pictures.count - count + 1) {
      sum += pictures[start + count - 1].byteCount - pictures[start - 1].byteCount
      if sum > best.sum { best = (sum, start) }
    }
    return pictures[max(0, best.start - max(before, count))..<best.start + count]
  }
}
