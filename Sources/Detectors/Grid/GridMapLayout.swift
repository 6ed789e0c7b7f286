package import Geometry

/// Where one level's numbers lie in the tensors of a head, so that it can be taken out as
/// `[channels, rows, columns]`.
package struct GridMapLayout: Hashable, Sendable {
  /// Consecutive channels.
  package struct Part: Hashable, Sendable {
    /// Index of the tensor in `GridDecoder.decode`.
    package var tensor: Int
    /// The first element.
    package var offset: Int
    package var channels: Int
    package var channelStride: Int
    package var cellStride: Int
  }

  package var grid: GridLevel
  package var parts: [Part]

  package var channels: Int { parts.reduce(0) { $0 + $1.channels } }

  /// The level's `[channels, rows, columns]`.
  ///
  /// - Parameter tensors: Those of `GridDecoder.decode`.
  package func values(_ tensors: [UnsafeBufferPointer<Float>]) -> [Float] {
    let cellCount = grid.cellCount
    return [Float](unsafeUninitializedCapacity: channels * cellCount) { result, count in
      var plane = 0
      for part in parts {
        let source = tensors[part.tensor]
        // A few cells at a time: where their channels lie together, each line is read once.
        for start in stride(from: 0, to: cellCount, by: 16) {
          for channel in 0..<part.channels {
            let first = part.offset + channel * part.channelStride
            for cell in start..<min(start + 16, cellCount) {
              result.initializeElement(
                at: (plane + channel) * cellCount + cell, to: source[first + cell * part.cellStride]
              )
            }
          }
        }
        plane += part.channels
      }
      count = plane * cellCount
    }
  }
}

/// A decoder whose tensors are levels of grids, each of which can be read by itself.
package protocol DenseGridDecoder: GridDecoder {
  /// The levels in the tensors of `decode`; empty where they are not known.
  var mapLayouts: [GridMapLayout] { get }

  /// A decoder of one tensor `[channels, rows, columns]`.
  ///
  /// - Parameters:
  ///   - level: A level or a window of one.
  ///   - inputSize: The input of the whole level.
  func decoder(of level: GridLevel, inputSize: Size) -> any GridDecoder

  /// Whether the network has worked out boxes in pixels of its whole input, so that those of a
  /// window must be moved.
  var isAbsolute: Bool { get }
}

extension DenseGridDecoder {
  package var isAbsolute: Bool { false }
}

extension YOLOXDecoder: DenseGridDecoder {
  package var mapLayouts: [GridMapLayout] {
    rowLayouts(levels, channels: 5 + classCount, isChannelsFirst: false)
  }

  package func decoder(of level: GridLevel, inputSize _: Size) -> any GridDecoder {
    var decoder = self
    decoder.levels = [level]
    decoder.isChannelsFirst = true
    return decoder
  }
}

extension RowsDecoder: DenseGridDecoder {
  package var mapLayouts: [GridMapLayout] {
    rowLayouts(
      levels, channels: (hasObjectness ? 5 : 4) + classCount, isChannelsFirst: isChannelsFirst)
  }

  package func decoder(of level: GridLevel, inputSize _: Size) -> any GridDecoder {
    RowsDecoder(
      rowCount: level.cellCount, classCount: classCount, hasObjectness: hasObjectness,
      isChannelsFirst: true)
  }

  package var isAbsolute: Bool { true }
}

/// Levels one after the other in a list of rows.
private func rowLayouts(
  _ levels: [GridLevel], channels: Int, isChannelsFirst: Bool
) -> [GridMapLayout] {
  let rowCount = levels.cellCount
  var first = 0
  return levels.map { grid in
    defer { first += grid.cellCount }
    return GridMapLayout(
      grid: grid,
      parts: [
        .init(
          tensor: 0, offset: isChannelsFirst ? first : first * channels, channels: channels,
          channelStride: isChannelsFirst ? rowCount : 1,
          cellStride: isChannelsFirst ? 1 : channels)
      ])
  }
}

extension AnchorGridDecoder: DenseGridDecoder {
  package var mapLayouts: [GridMapLayout] {
    let channels = 5 + classCount
    let cellCount = rows * columns
    let parts = anchors.indices.map { index in
      GridMapLayout.Part(
        tensor: 0, offset: index * channels * cellCount, channels: channels,
        channelStride: layout == .channelsFirst ? cellCount : 1,
        cellStride: layout == .channelsFirst ? 1 : channels)
    }
    return singleLayout(inputSize.width, columns, rows, parts)
  }

  package func decoder(of level: GridLevel, inputSize _: Size) -> any GridDecoder {
    var decoder = self
    decoder.layout = .channelsFirst
    decoder.columns = level.columns
    decoder.rows = level.rows
    decoder.inputSize = level.coveredSize
    return decoder
  }
}

extension RegionDecoder: DenseGridDecoder {
  package var mapLayouts: [GridMapLayout] {
    singleLayout(
      inputSize.width, columns, rows,
      [plane(channels: anchors.count * (5 + classCount), cellCount: rows * columns)])
  }

  package func decoder(of level: GridLevel, inputSize _: Size) -> any GridDecoder {
    var decoder = self
    decoder.columns = level.columns
    decoder.rows = level.rows
    decoder.inputSize = level.coveredSize
    return decoder
  }
}

extension FastestDetDecoder: DenseGridDecoder {
  package var mapLayouts: [GridMapLayout] {
    singleLayout(
      inputSize.width, columns, rows,
      [plane(channels: 5 + classCount, cellCount: rows * columns)])
  }

  package func decoder(of level: GridLevel, inputSize: Size) -> any GridDecoder {
    var decoder = FastestDetDecoder(
      columns: level.columns, rows: level.rows, inputSize: level.coveredSize,
      classCount: classCount)
    decoder.unitSize = inputSize
    return decoder
  }
}

extension DistributionGridDecoder: DenseGridDecoder {
  package var mapLayouts: [GridMapLayout] {
    levels.map { level in
      func part(_ source: Source, _ channels: Int) -> GridMapLayout.Part {
        .init(
          tensor: source.tensor, offset: source.offset, channels: channels,
          channelStride: source.channelStride, cellStride: source.cellStride)
      }
      return GridMapLayout(
        grid: level.grid,
        parts: [part(level.classes, classCount), part(level.distances, 4 * binCount)])
    }
  }

  package func decoder(of level: GridLevel, inputSize _: Size) -> any GridDecoder {
    func source(_ channel: Int) -> Source {
      Source(
        tensor: 0, offset: channel * level.cellCount, channelStride: level.cellCount, cellStride: 1)
    }
    var decoder = self
    decoder.levels = [Level(grid: level, classes: source(0), distances: source(classCount))]
    decoder.elementCounts = [(classCount + 4 * binCount) * level.cellCount]
    return decoder
  }
}

private func plane(channels: Int, cellCount: Int) -> GridMapLayout.Part {
  .init(tensor: 0, offset: 0, channels: channels, channelStride: cellCount, cellStride: 1)
}

/// The one level of a map, where its cells are squares of whole pixels.
private func singleLayout(
  _ inputWidth: Int, _ columns: Int, _ rows: Int, _ parts: [GridMapLayout.Part]
) -> [GridMapLayout] {
  guard columns > 0, inputWidth % columns == 0 else { return [] }
  return [
    GridMapLayout(
      grid: GridLevel(strideInPixels: inputWidth / columns, columns: columns, rows: rows),
      parts: parts)
  ]
}

extension GridLevel {
  /// The pixels that the cells cover.
  fileprivate var coveredSize: Size {
    Size(width: columns * strideInPixels, height: rows * strideInPixels)
  }
}
