<?php
/**
 * Plugin Name: Lianbo Bridge
 * Description: Lets the Lianbo hub mark its posts: where the original stands, under which id, in which version. 联播桥接插件：记录稿件的原文地址、编号与版本。
 * Version: 1.1.0
 * Requires at least: 5.6
 * Requires PHP: 7.4
 * License: Apache-2.0
 *
 * Put this file into wp-content/mu-plugins/ (it then works without being switched on), or into wp-content/plugins/.
 * 将本文件放入 wp-content/mu-plugins/ 即可生效，无需启用。
 */

defined( 'ABSPATH' ) || exit;

const LIANBO_BRIDGE_VERSION = '1.1.0';
const LIANBO_BRIDGE_META    = array( 'synd_external_id', 'synd_canonical_url', 'synd_source', 'synd_version' );

/** Without this WordPress drops what the hub says about a post in silence. */
add_action(
	'init',
	function () {
		foreach ( LIANBO_BRIDGE_META as $key ) {
			register_post_meta(
				'post',
				$key,
				array(
					'type'              => 'string',
					'single'            => true,
					'show_in_rest'      => true,
					'sanitize_callback' => 'synd_canonical_url' === $key ? 'esc_url_raw' : 'lianbo_bridge_text',
					'auth_callback'     => function ( $allowed, $meta_key, $post_id ) {
						return current_user_can( 'edit_post', $post_id );
					},
				)
			);
		}
	}
);

/** GET /wp/v2/posts?synd_external_id=… finds a post of the hub, whatever its slug is now. For editors only. */
add_filter(
	'rest_post_query',
	function ( $args, $request ) {
		$id = $request->get_param( 'synd_external_id' );
		if ( is_string( $id ) && '' !== $id && current_user_can( 'edit_posts' ) ) {
			$args['meta_query'][] = array(
				'key'   => 'synd_external_id',
				'value' => $id,
			);
		}
		return $args;
	},
	10,
	2
);

/** Seconds after which whoever was making a post is taken to have died over it. */
const LIANBO_BRIDGE_MAKING = 60;

/**
 * No second post of one article: a hub that was killed in mid-call leaves a post in the making that no look can see yet.
 * One row in the options table, whose names are unique, says that somebody is making it. Whoever comes meanwhile, or after
 * it has been made, is told to look again.
 */
add_filter(
	'rest_pre_insert_post',
	function ( $post, $request ) {
		$meta = $request->get_param( 'meta' );
		$id   = is_array( $meta ) && isset( $meta['synd_external_id'] ) ? lianbo_bridge_text( $meta['synd_external_id'] ) : '';
		if ( is_wp_error( $post ) || ! empty( $post->ID ) || '' === $id ) {
			return $post;
		}
		if ( ! lianbo_bridge_claim( $id ) || lianbo_bridge_has( $id ) ) {
			return new WP_Error( 'lianbo_bridge_there', 'This article is there already, or is being made. 该稿件已存在或正在创建。', array( 'status' => 503 ) );
		}
		return $post;
	},
	10,
	2
);

add_action(
	'rest_after_insert_post',
	function ( $post, $request, $creating ) {
		$id = $creating ? get_post_meta( $post->ID, 'synd_external_id', true ) : '';
		if ( is_string( $id ) && '' !== $id ) {
			lianbo_bridge_release( $id );
		}
	},
	10,
	3
);

/** Whether this request is the one that makes the post now. */
function lianbo_bridge_claim( $id ) {
	global $wpdb;
	$name = 'lianbo_making_' . md5( $id );
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name = %s AND option_value < %d", $name, time() - LIANBO_BRIDGE_MAKING ) );
	return 1 === (int) $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", $name, time() ) );
}

/** The post is made, or will not be. */
function lianbo_bridge_release( $id ) {
	global $wpdb;
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name = %s", 'lianbo_making_' . md5( $id ) ) );
}

/** Whether a post of this article is there; when it is, nobody is making it any more. */
function lianbo_bridge_has( $id ) {
	global $wpdb;
	$there = $wpdb->get_var( $wpdb->prepare( "SELECT m.post_id FROM {$wpdb->postmeta} m JOIN {$wpdb->posts} p ON p.ID = m.post_id WHERE m.meta_key = 'synd_external_id' AND m.meta_value = %s AND p.post_type = 'post' AND p.post_status <> 'trash' LIMIT 1", $id ) );
	if ( null !== $there ) {
		lianbo_bridge_release( $id );
	}
	return null !== $there;
}

/** Plain text as it is: sanitize_text_field() would take the percent signs out of a uri. */
function lianbo_bridge_text( $value ) {
	return trim( wp_strip_all_tags( (string) $value, true ) );
}

/** Where the original of a post stands, or an empty string. */
function lianbo_bridge_original( $post ) {
	$post = get_post( $post );
	$url  = $post ? get_post_meta( $post->ID, 'synd_canonical_url', true ) : '';
	return is_string( $url ) && lianbo_bridge_is_web( $url ) ? $url : '';
}

/** Only http and https are addresses of originals. */
function lianbo_bridge_is_web( $url ) {
	return in_array( wp_parse_url( $url, PHP_URL_SCHEME ), array( 'http', 'https' ), true );
}

/** <link rel="canonical"> in the head names the original: search engines then credit the outlet that wrote it. */
add_filter(
	'get_canonical_url',
	function ( $url, $post ) {
		$original = lianbo_bridge_original( $post );
		return '' === $original ? $url : $original;
	},
	10,
	2
);

/** The same for the two plugins that print their own. */
foreach ( array( 'wpseo_canonical', 'rank_math/frontend/canonical' ) as $lianbo_bridge_filter ) {
	add_filter(
		$lianbo_bridge_filter,
		function ( $url ) {
			$original = is_singular() ? lianbo_bridge_original( get_queried_object_id() ) : '';
			return '' === $original ? $url : $original;
		}
	);
}

/** GET /lianbo/v1/bridge tells the hub that the plugin is here. */
add_action(
	'rest_api_init',
	function () {
		register_rest_route(
			'lianbo/v1',
			'/bridge',
			array(
				'methods'             => 'GET',
				'callback'            => function () {
					return array( 'version' => LIANBO_BRIDGE_VERSION );
				},
				'permission_callback' => function () {
					return current_user_can( 'edit_posts' );
				},
			)
		);
	}
);
